package io.criulazy.client.restore;

import io.criulazy.client.source.ImageSource;
import io.criulazy.client.source.PageSpan;
import io.criulazy.client.source.Urgency;
import io.criulazy.client.sys.ForeignMemory;
import io.criulazy.client.sys.PageSize;
import java.io.IOException;

/** Small parts of a task's memory, read out of its images. */
final class SavedPages {
  private static final int PAGE_BYTES = (int) PageSize.BYTES;

  private SavedPages() {}

  /** Bytes from the start of a page on; pages that are not in the images are zero. */
  static byte[] read(ImageSource source, long address, int lengthBytes) throws IOException {
    ForeignMemory own = new ForeignMemory((int) ProcessHandle.current().pid());
    byte[] bytes = new byte[lengthBytes];
    PageSpan span = new PageSpan();
    for (int done = 0; done < lengthBytes; ) {
      source.locate(address + done, Urgency.FAULT, span);
      long here = span.isHere() ? span.bytes() : PAGE_BYTES;
      int part = (int) Math.min(here, lengthBytes - done);
      if (span.isHere()) {
        System.arraycopy(own.read(span.address(), part), 0, bytes, done, part);
      }
      done += part;
    }
    return bytes;
  }
}
