package io.criulazy.daemon.http;

import java.nio.charset.StandardCharsets;

/**
 * What a request is answered with.
 *
 * @param status HTTP's status code
 * @param contentType of the body
 * @param body may be empty
 */
public record HttpAnswer(int status, String contentType, byte[] body) {
  /** An answer with a text of UTF-8. */
  public static HttpAnswer of(int status, String contentType, String text) {
    return new HttpAnswer(status, contentType, text.getBytes(StandardCharsets.UTF_8));
  }
}
