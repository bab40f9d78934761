package io.criulazy.client.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What a test needs of the machine: {@code @Needs({Requirement.KERNEL, Requirement.CRIU})}.
 *
 * <p>The test is skipped with the reason where that is missing, and fails with it when the
 * environment has {@code CRIU_LAZY_REQUIRE_ALL=1}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsCondition.class)
public @interface Needs {
  /** Everything that has to be there. */
  Requirement[] value();
}
