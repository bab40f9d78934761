package io.criulazy.client.rings;

/** What becomes of requests that have not finished when the time to wait for them is over. */
public enum InFlightPolicy {
  /** The rings are not taken away; the error names the requests. */
  FAIL,
  /** They are cancelled: the process finds them completed with ECANCELED. */
  CANCEL
}
