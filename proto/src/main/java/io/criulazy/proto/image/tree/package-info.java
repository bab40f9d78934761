/**
 * The tree of tasks as a whole: {@code inventory.img}, {@code pstree.img}, ids of what tasks share.
 * Plain records: field numbers and meanings are those of CRIU's image format; unsigned numbers are
 * in Java's signed types.
 */
package io.criulazy.proto.image.tree;
