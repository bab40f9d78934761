package io.criulazy.client.control;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.source.RemoteImages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is asked for when a restore is to be prepared.
 *
 * @param imagesDir absolute
 * @param workDir absolute; where criu will look for the socket
 * @param onLostPage what becomes of a process whose pages can't be had, if it was said
 * @param remote where the pages are if they are not in {@code imagesDir}
 * @param run how the daemon is to restore it, if it is
 */
record PrepareRequest(
    Path imagesDir,
    Path workDir,
    Optional<LostPagePolicy> onLostPage,
    Optional<RemoteImages> remote,
    Optional<RunRequest> run) {
  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("images_dir", imagesDir.toString());
    json.writeStringField("work_dir", workDir.toString());
    if (onLostPage.isPresent()) {
      json.writeStringField("on_lost_page", onLostPage.get().label());
    }
    if (remote.isPresent()) {
      json.writeFieldName("page_server");
      RemoteRequest.write(remote.get(), json);
    }
    if (run.isPresent()) {
      json.writeFieldName("restore");
      run.get().write(json);
    }
    json.writeEndObject();
  }

  /**
   * @throws ControlException if that is no such request; it says what is wrong
   */
  static PrepareRequest of(byte[] body) throws ControlException {
    try (JsonParser json = Json.parser(body)) {
      return read(json);
    } catch (IOException e) {
      throw new ControlException(
          400,
          "the body is not the JSON that is needed here: "
              + e.getMessage().lines().findFirst().orElse(""));
    }
  }

  private static PrepareRequest read(JsonParser json) throws IOException, ControlException {
    Path imagesDir = null;
    Path workDir = null;
    LostPagePolicy onLostPage = null;
    RemoteImages remote = null;
    RunRequest run = null;
    JsonFields fields = new JsonFields(json);
    while (fields.next()) {
      switch (fields.name()) {
        case "images_dir" -> imagesDir = fields.absolutePath();
        case "work_dir" -> workDir = fields.absolutePath();
        case "on_lost_page" -> onLostPage = policy(json);
        case "page_server" -> remote = RemoteRequest.read(json);
        case "restore" -> run = RunRequest.read(json);
        default ->
            throw new ControlException(
                400,
                "unknown field "
                    + fields.name()
                    + "; there are images_dir, work_dir, on_lost_page, page_server and restore");
      }
    }
    if (json.nextToken() != null) {
      throw new ControlException(400, "something follows the JSON object; one is needed");
    }
    if (imagesDir == null) {
      throw new ControlException(400, "images_dir is missing: the directory given to criu dump -D");
    }
    return new PrepareRequest(
        imagesDir,
        workDir == null ? imagesDir : workDir,
        Optional.ofNullable(onLostPage),
        Optional.ofNullable(remote),
        Optional.ofNullable(run));
  }

  private static LostPagePolicy policy(JsonParser json) throws IOException, ControlException {
    String label = json.getText();
    return LostPagePolicy.of(label)
        .orElseThrow(
            () ->
                new ControlException(
                    400, "on_lost_page is " + label + "; it can be wait, poison or kill"));
  }
}
