package io.criulazy.daemon.http;

/** What an endpoint serves. Called by several threads at a time; may wait for a disk. */
public interface HttpService {
  /** Answers a request. An exception becomes an answer with status 500. */
  HttpAnswer answer(HttpCall call);

  /**
   * What is said when the endpoint itself has to refuse a request, in the form that this service's
   * clients read.
   *
   * @param status HTTP's status code
   * @param message what failed, and what to do
   */
  HttpAnswer error(int status, String message);
}
