package io.criulazy.client.fault;

/** Why a page was put into a process. */
public enum Trigger {
  /** A thread waited for it. */
  FAULT,
  /** It lies behind a page that a thread waited for. */
  AROUND,
  /** The filler's turn. */
  BACKGROUND,
  /** A thread waited for a page that reads as zero. */
  ZERO
}
