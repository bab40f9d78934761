/**
 * What a lazy restore has to know after its program was killed: which processes there are, and what
 * became of their address spaces. Kept in mapped files that outlive the program; a crash of the
 * machine is not survived, and need not be, for it ends the restored processes too.
 */
package io.criulazy.client.journal;
