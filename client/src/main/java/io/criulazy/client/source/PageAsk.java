package io.criulazy.client.source;

import io.criulazy.client.sys.PageSize;

/**
 * A range of pages that somebody is asked for, in order to be told to a {@link StagedSource}.
 *
 * @param owner who asks
 * @param task the task's pid in the images
 * @param address image address of the first page
 * @param pages 1 to 64
 * @param urgency how soon
 */
record PageAsk(StagedSource owner, long task, long address, int pages, Urgency urgency) {
  long endAddress() {
    return address + pages * PageSize.BYTES;
  }
}
