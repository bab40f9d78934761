package io.criulazy.daemon.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A number that two copies of one image have in common, and two images do not: made of the
 * inventory and of the tasks' core images, in which each dump leaves registers, times and ids.
 */
public final class ImageIdentity {
  private ImageIdentity() {}

  /**
   * Reads the files anew.
   *
   * @throws IOException if one is missing
   */
  public static long of(ImageSet images) throws IOException {
    MessageDigest digest = sha256();
    add(digest, images.directory().resolve("inventory.img"));
    for (long pid : images.taskIds()) {
      add(digest, images.directory().resolve("core-" + pid + ".img"));
    }
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static void add(MessageDigest digest, Path file) throws IOException {
    digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
    digest.update(Files.readAllBytes(file));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
