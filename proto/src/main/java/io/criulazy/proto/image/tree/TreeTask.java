package io.criulazy.proto.image.tree;

import io.criulazy.proto.image.codec.Field;
import java.util.List;

/**
 * A task in {@code pstree.img}: parents stand before their children.
 *
 * @param ppid 0 of the root
 * @param threads ids of all threads, the leader's own first
 */
public record TreeTask(
    @Field(1) int pid,
    @Field(2) int ppid,
    @Field(3) int pgid,
    @Field(4) int sid,
    @Field(5) List<Integer> threads) {
  /** Keeps copies of the lists. */
  public TreeTask {
    threads = List.copyOf(threads);
  }
}
