package io.criulazy.client.restore.files;

import java.io.IOException;

/** Some open files that are made together, planned and found possible. */
interface Making {
  /** Makes them, and puts them to their numbers in all tasks that have them. */
  void make(Husks husks) throws IOException;

  /** What needs other files to be there. */
  default void connect(Husks husks) throws IOException {}

  /** What is done directly before the tasks run. */
  default void finish(Husks husks) throws IOException {}
}
