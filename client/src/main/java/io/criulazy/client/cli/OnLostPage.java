package io.criulazy.client.cli;

import io.criulazy.client.fault.LostPagePolicy;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The argument of {@code --on-lost-page}. */
final class OnLostPage implements ITypeConverter<LostPagePolicy> {
  /**
   * The policy of that name.
   *
   * @throws UsageException if there is none
   */
  static LostPagePolicy policy(String text) throws UsageException {
    return LostPagePolicy.of(text)
        .orElseThrow(
            () ->
                new UsageException(
                    "option --on-lost-page " + text + " is none of wait, poison, kill"));
  }

  @Override
  public LostPagePolicy convert(String text) {
    try {
      return policy(text);
    } catch (UsageException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
