package io.criulazy.client.control;

import io.criulazy.client.BuildInfo;
import io.criulazy.client.FailureText;
import io.criulazy.client.engine.EngineRefusalException;
import io.criulazy.client.fault.LostPagePolicy;
import io.criulazy.client.restore.Caller;
import io.criulazy.client.restore.ResidentRestoring;
import io.criulazy.client.session.ResidentRestore;
import io.criulazy.client.session.RestoreConflictException;
import io.criulazy.client.session.Restores;
import io.criulazy.daemon.http.HttpAnswer;
import io.criulazy.daemon.http.HttpCall;
import io.criulazy.daemon.http.HttpService;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The resources by which a resident daemon is controlled; docs/operating.md describes them.
 *
 * <pre>
 * POST   /v1/restores      {"images_dir": ..., "work_dir": ..., "on_lost_page": ...,
 *                           "page_server": ..., "restore": ...}
 * GET    /v1/restores
 * GET    /v1/restores/ID
 * DELETE /v1/restores/ID
 * GET    /v1/health
 * GET    /v1/version
 * </pre>
 */
final class ControlApi implements HttpService {
  private static final String JSON = "application/json";
  private static final String RESTORES = "/v1/restores";

  private final Restores restores;
  private final ResidentRestoring restoring;
  private final LostPagePolicy onLostPage;

  /**
   * @param onLostPage what becomes of a process whose pages can't be had, unless its request says
   */
  ControlApi(Restores restores, LostPagePolicy onLostPage) {
    this.restores = restores;
    this.restoring = new ResidentRestoring(restores);
    this.onLostPage = onLostPage;
  }

  /** Answers one request to one resource. */
  private interface Action {
    HttpAnswer run() throws ControlException;
  }

  @Override
  public HttpAnswer answer(HttpCall call) {
    try {
      Map<String, Action> actions = actions(call);
      Action action = actions.get(call.method());
      if (action == null) {
        throw new ControlException(
            405,
            "%s does not go with %s; there is %s"
                .formatted(call.method(), call.path(), String.join(", ", actions.keySet())));
      }
      return action.run();
    } catch (ControlException e) {
      return error(e.status(), e.getMessage());
    }
  }

  /** What can be done with a resource, by method. */
  private Map<String, Action> actions(HttpCall call) throws ControlException {
    String path = call.path();
    if (path.startsWith(RESTORES + "/")) {
      String id = path.substring(RESTORES.length() + 1);
      return new TreeMap<>(Map.of("GET", () -> show(id), "DELETE", () -> cancel(id)));
    }
    return switch (path) {
      case RESTORES -> new TreeMap<>(Map.of("GET", this::list, "POST", () -> begin(call)));
      case "/v1/health" -> Map.of("GET", this::health);
      case "/v1/version" -> Map.of("GET", ControlApi::version);
      default ->
          throw new ControlException(
              404, "there is no " + path + "; there are /v1/restores, /v1/health and /v1/version");
    };
  }

  private HttpAnswer begin(HttpCall call) throws ControlException {
    PrepareRequest request = PrepareRequest.of(call.body());
    try {
      return json(201, RestoreReport.of(begin(request, call.peerPid()))::write);
    } catch (RestoreConflictException e) {
      throw new ControlException(409, e.getMessage());
    } catch (EngineRefusalException e) {
      throw new ControlException(ControlException.NOT_COVERED, e.getMessage());
    } catch (IOException e) {
      throw new ControlException(422, FailureText.of(e));
    }
  }

  private ResidentRestore begin(PrepareRequest request, int peerPid) throws IOException {
    LostPagePolicy policy = request.onLostPage().orElse(onLostPage);
    if (request.run().isEmpty()) {
      return restores.prepare(request.imagesDir(), request.workDir(), policy, request.remote());
    }
    RunRequest run = request.run().get();
    return restoring.run(
        request.imagesDir(),
        request.workDir(),
        policy,
        request.remote(),
        run.options(),
        Caller.other(peerPid, run.husk(), run.detached()));
  }

  private HttpAnswer list() {
    return json(200, DaemonReport.of(restores)::write);
  }

  private HttpAnswer show(String id) throws ControlException {
    return json(200, RestoreReport.of(find(id))::write);
  }

  private HttpAnswer cancel(String id) throws ControlException {
    ResidentRestore restore = find(id);
    try {
      restores.cancel(restore);
    } catch (RestoreConflictException e) {
      throw new ControlException(409, e.getMessage());
    }
    return json(200, RestoreReport.of(restore)::write);
  }

  private ResidentRestore find(String id) throws ControlException {
    return restores
        .find(id)
        .orElseThrow(
            () ->
                new ControlException(
                    404,
                    "there is no restore " + id + ", or it has ended long ago; see " + RESTORES));
  }

  private HttpAnswer health() {
    return json(
        restores.isStopping() ? 503 : 200,
        json -> {
          json.writeStartObject();
          json.writeStringField("state", DaemonReport.stateOf(restores));
          json.writeEndObject();
        });
  }

  private static HttpAnswer version() {
    BuildInfo build = BuildInfo.load();
    return json(
        200,
        json -> {
          json.writeStartObject();
          json.writeStringField("version", build.version());
          json.writeStringField("commit", build.commit());
          json.writeEndObject();
        });
  }

  @Override
  public HttpAnswer error(int status, String message) {
    return json(
        status,
        json -> {
          json.writeStartObject();
          json.writeStringField("error", message);
          json.writeEndObject();
        });
  }

  private static HttpAnswer json(int status, Json.Content content) {
    return new HttpAnswer(status, JSON, Json.bytes(content));
  }
}
