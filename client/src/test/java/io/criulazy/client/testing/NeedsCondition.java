package io.criulazy.client.testing;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides about a test by its {@link Needs}. */
final class NeedsCondition implements ExecutionCondition {

  private static final boolean REQUIRE_ALL = "1".equals(System.getenv("CRIU_LAZY_REQUIRE_ALL"));

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing =
        AnnotationSupport.findAnnotation(context.getElement(), Needs.class).stream()
            .flatMap(needs -> Arrays.stream(needs.value()))
            .map(Requirement::missing)
            .flatMap(Optional::stream)
            .toList();
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("everything needed is there");
    }
    String reason = "missing: " + String.join("; ", missing);
    if (REQUIRE_ALL) {
      throw new IllegalStateException("CRIU_LAZY_REQUIRE_ALL=1, and " + reason);
    }
    return ConditionEvaluationResult.disabled(reason);
  }
}
