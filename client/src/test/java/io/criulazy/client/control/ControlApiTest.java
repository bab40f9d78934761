package io.criulazy.client.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.journal.DaemonJournal;
import io.criulazy.client.session.Restores;
import io.criulazy.client.sys.RunningProcess;
import io.criulazy.client.testing.Budget;
import io.criulazy.client.testing.CommittedImages;
import io.criulazy.daemon.http.HttpAnswer;
import io.criulazy.daemon.http.HttpCall;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The control resources over images of a small process, with a criu that only connects. */
@Timeout(30)
class ControlApiTest {
  private Restores restores;
  private ControlApi api;

  @TempDir Path work;
  @TempDir Path images;
  @TempDir Path run;

  @BeforeEach
  void begin() throws Exception {
    CommittedImages.copyTo(images);
    RunningProcess keeper = RunningProcess.of((int) ProcessHandle.current().pid());
    restores = new Restores(keeper, DaemonJournal.open(run.resolve("control.sock")));
    api = new ControlApi(restores, LostPagePolicy.WAIT);
  }

  @AfterEach
  void finish() {
    restores.finish();
  }

  @Test
  void preparesListsAndCancels() throws Exception {
    RestoreReport prepared = prepare();
    assertThat(prepared.state()).isEqualTo("listening");
    assertThat(prepared.socket()).isEqualTo(socket().toString());
    assertThat(socket()).exists();
    try (JsonParser json = Json.parser(call("GET", "/v1/restores", "").body())) {
      assertThat(DaemonReport.read(json).restores()).containsExactly(prepared);
    }
    assertThat(call("DELETE", "/v1/restores/" + prepared.id(), "").status()).isEqualTo(200);
    assertThat(socket()).doesNotExist();
    assertThat(state(prepared)).isEqualTo("cancelled");
    assertThat(call("DELETE", "/v1/restores/" + prepared.id(), "").status()).isEqualTo(200);
  }

  @Test
  void theWorkDirectoryIsByDefaultTheImages() throws Exception {
    HttpAnswer answer = call("POST", "/v1/restores", "{\"images_dir\": \"" + images + "\"}");
    assertThat(answer.status()).as(text(answer)).isEqualTo(201);
    assertThat(images.resolve("lazy-pages.socket")).exists();
  }

  @Test
  void oneAtATimeHasADirectory() throws Exception {
    RestoreReport first = prepare();
    refuses(409, "restore " + first.id() + " has that dir", "POST", "/v1/restores", request());
    try (SocketChannel criu = connect()) {
      assertThat(criu.isConnected()).isTrue();
      await(first, "restoring");
      refuses(409, "and is restoring", "POST", "/v1/restores", request());
    }
    await(first, "failed");
    Budget.ofSeconds(10)
        .await(
            "the directory is free",
            () -> call("POST", "/v1/restores", request()).status() == 201,
            () -> "it is not");
  }

  @Test
  void cancelsNothingThatHasBegun() throws Exception {
    RestoreReport restore = prepare();
    try (SocketChannel criu = connect()) {
      assertThat(criu.isConnected()).isTrue();
      await(restore, "restoring");
      refuses(409, "its processes need 0 more pages", "DELETE", "/v1/restores/" + restore.id(), "");
    }
    await(restore, "failed");
    refuses(409, "it is over", "DELETE", "/v1/restores/" + restore.id(), "");
  }

  @Test
  void takesNothingMoreWhenItIsAboutToEnd() {
    assertThat(call("GET", "/v1/health", "").status()).isEqualTo(200);
    restores.finish();
    refuses(409, "about to end", "POST", "/v1/restores", request());
    HttpAnswer health = call("GET", "/v1/health", "");
    assertThat(health.status()).isEqualTo(503);
    assertThat(text(health)).isEqualTo("{\"state\":\"stopping\"}\n");
  }

  @Test
  void tellsItsVersion() {
    assertThat(text(call("GET", "/v1/version", ""))).startsWith("{\"version\":\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400 | an object is needed here    | ''",
        "400 | an object is needed here    | []",
        "400 | Unexpected end-of-input     | {",
        "400 | Duplicate field             | {\"images_dir\": \"/a\", \"images_dir\": \"/b\"}",
        "400 | images_dir is missing       | {}",
        "400 | images_dir is not a string  | {\"images_dir\": 1}",
        "400 | images_dir is not absolute  | {\"images_dir\": \"img\"}",
        "400 | work_dir is no path         | {\"images_dir\": \"/\", \"work_dir\": \"/\\u0000\"}",
        "400 | unknown field image_dir     | {\"image_dir\": \"/\"}",
        "400 | page_server has no addresses | {\"images_dir\": \"/\", \"page_server\": {}}",
        "400 | neither HOST:PORT nor       | {\"images_dir\": \"/\", \"page_server\":"
            + " {\"addresses\": [\"h\"]}}",
        "400 | an object is needed here    | {\"images_dir\": \"/\", \"page_server\": 27}",
        "400 | unknown field page_server.x | {\"images_dir\": \"/\", \"page_server\": {\"x\": 1}}",
        "400 | tls needs cert and key      | {\"images_dir\": \"/\", \"page_server\": {\"tls\":"
            + " {}}}",
        "400 | something follows           | {\"images_dir\": \"/\"} {}",
        "422 | /no/such: no such file      | {\"images_dir\": \"/no/such\"}",
        "422 | /proc/inventory.img: no     | {\"images_dir\": \"/proc\"}",
      })
  void refusesWhatIsNoRequest(int status, String message, String body) {
    refuses(status, message, "POST", "/v1/restores", body);
  }

  @ParameterizedTest
  @CsvSource({
    "404, there is no /, GET, /",
    "404, there is no /v1/restore;, GET, /v1/restore",
    "404, there is no restore 9, GET, /v1/restores/9",
    "404, there is no restore 9, DELETE, /v1/restores/9",
    "404, there is no restore , GET, /v1/restores/",
    "405, there is GET, POST, /v1/health",
    "405, 'there is DELETE, GET', PATCH, /v1/restores/1",
    "405, 'there is GET, POST', DELETE, /v1/restores",
  })
  void refusesWhatIsNoResource(int status, String message, String method, String path) {
    refuses(status, message, method, path, "");
  }

  private void refuses(int status, String message, String method, String path, String body) {
    HttpAnswer answer = call(method, path, body);
    assertThat(text(answer)).startsWith("{\"error\":\"").contains(message);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.contentType()).isEqualTo("application/json");
  }

  private RestoreReport prepare() throws Exception {
    HttpAnswer answer = call("POST", "/v1/restores", request());
    assertThat(answer.status()).as(text(answer)).isEqualTo(201);
    try (JsonParser json = Json.parser(answer.body())) {
      return RestoreReport.read(json);
    }
  }

  private String request() {
    return "{\"images_dir\": \"%s\", \"work_dir\": \"%s\"}".formatted(images, work);
  }

  private String state(RestoreReport restore) throws Exception {
    HttpAnswer answer = call("GET", "/v1/restores/" + restore.id(), "");
    try (JsonParser json = Json.parser(answer.body())) {
      return RestoreReport.read(json).state();
    }
  }

  private void await(RestoreReport restore, String state) {
    Budget.ofSeconds(10)
        .await(
            "restore is " + state,
            () -> restores.find(restore.id()).orElseThrow().state().label().equals(state),
            () -> "it is " + restores.find(restore.id()).orElseThrow().state());
  }

  private SocketChannel connect() throws Exception {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket()));
  }

  private Path socket() {
    return work.resolve("lazy-pages.socket");
  }

  private HttpAnswer call(String method, String path, String body) {
    return api.answer(new HttpCall(method, path, body.getBytes(StandardCharsets.UTF_8), 0));
  }

  private static String text(HttpAnswer answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
