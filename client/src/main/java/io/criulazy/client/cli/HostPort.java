package io.criulazy.client.cli;

import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code HOST:PORT} and {@code PORT} as words of a command line. */
final class HostPort {
  private static final int MAX_PORT = 65_535;

  private HostPort() {}

  /**
   * The address that an option's argument names.
   *
   * @throws UsageException if it names none
   */
  static InetSocketAddress address(String option, String text) throws UsageException {
    int colon = text.lastIndexOf(':');
    String host = text.substring(0, Math.max(colon, 0));
    int port = portOrNone(text.substring(colon + 1));
    if (host.isEmpty() || port < 0) {
      throw new UsageException(
          "option --" + option + " " + text + " is not HOST:PORT, as 127.0.0.1:9464");
    }
    return new InetSocketAddress(host, port);
  }

  /**
   * The port that an option's argument names.
   *
   * @throws UsageException if it names none
   */
  static int port(String option, String text) throws UsageException {
    int port = portOrNone(text);
    if (port < 0) {
      throw new UsageException(
          "option --" + option + " " + text + " is not a number from 0 to " + MAX_PORT);
    }
    return port;
  }

  private static int portOrNone(String text) {
    boolean digits =
        !text.isEmpty() && text.length() <= 5 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int port = digits ? Integer.parseInt(text) : -1;
    return port <= MAX_PORT ? port : -1;
  }

  /** For picocli's {@code --metrics-address}. */
  static final class MetricsAddress implements ITypeConverter<InetSocketAddress> {
    @Override
    public InetSocketAddress convert(String text) {
      try {
        return address("metrics-address", text);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** For picocli's {@code --port}. */
  static final class Port implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        return port("port", text);
      } catch (UsageException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
