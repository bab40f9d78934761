package io.criulazy.client;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.NATIVE;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethodWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.PrintStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each module and package promises not to do, each with the reason. */
class ArchitectureTest {

  private static final String PROTO = "io.criulazy.proto..";
  private static final String DAEMON = "io.criulazy.daemon..";
  private static final String CLIENT = "io.criulazy.client..";
  private static final String SYS = "io.criulazy.client.sys..";
  private static final String CLI = "io.criulazy.client.cli..";

  private static JavaClasses all;

  @BeforeAll
  static void readClasses() {
    all =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.criulazy");
  }

  static Stream<ArchRule> modules() {
    return Stream.of(
        noClasses()
            .that()
            .resideInAPackage(PROTO)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(DAEMON, CLIENT)
            .because("modules depend in one direction: proto <- daemon <- client"),
        noClasses()
            .that()
            .resideInAPackage(DAEMON)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CLIENT)
            .because("modules depend in one direction: proto <- daemon <- client"),
        noClasses()
            .that()
            .resideInAPackage(PROTO)
            .should()
            .dependOnClassesThat(
                resideInAnyPackage("java.net..", "javax.net..", "io.netty..")
                    .or(
                        DescribedPredicate.describe(
                            "are threads or sockets",
                            type ->
                                type.isAssignableTo(Thread.class)
                                    || type.isAssignableTo(java.util.concurrent.Executor.class)
                                    || type.isAssignableTo(
                                        java.nio.channels.SelectableChannel.class)
                                    || type.isAssignableTo(
                                        java.nio.channels.AsynchronousChannel.class))))
            .because("proto is bytes that two programs agree on; who moves them is not its matter"),
        noClasses()
            .that()
            .resideInAPackage(PROTO)
            .should(
                callMethodWhere(
                    target(System.class, "getenv")
                        .or(target(System.class, "getProperty"))
                        .or(target(Integer.class, "getInteger"))
                        .or(target(Long.class, "getLong"))
                        .or(target(Boolean.class, "getBoolean"))))
            .because("proto has no configuration: what it needs it is given"),
        slices()
            .matching("io.criulazy.(*).(*)..")
            .should()
            .beFreeOfCycles()
            .because("packages that need each other are one package"));
  }

  static Stream<ArchRule> kernel() {
    return Stream.of(
        noClasses()
            .that()
            .resideOutsideOfPackage(SYS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jnr..", "com.kenai.jffi..")
            .because("client.sys is where each raw call carries its safety argument"),
        noMethods()
            .that()
            .areDeclaredInClassesThat()
            .resideInAnyPackage(PROTO, DAEMON)
            .should()
            .haveModifier(NATIVE)
            .because("the page server runs on a storage host, without privileges"),
        noClasses()
            .should(
                callMethodWhere(
                    target(System.class, "load").or(target(System.class, "loadLibrary"))))
            .because("native code is bound through jnr, in client.sys"),
        noClasses()
            .that()
            .resideInAPackage(SYS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(PROTO, DAEMON)
            .because("client.sys knows the kernel and nothing about images"),
        noClasses()
            .that()
            .resideInAnyPackage(
                SYS,
                "io.criulazy.client.fault..",
                "io.criulazy.client.trace..",
                "io.criulazy.client.rings..",
                "io.criulazy.client.bpf..",
                "io.criulazy.client.engine..",
                "io.criulazy.client.dump..",
                "io.criulazy.client.restore..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "com.google.protobuf..")
            .because("what touches processes allocates nothing and waits for no event loop"),
        noClasses()
            .that()
            .resideInAPackage("io.criulazy.client.restore.files..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.criulazy.client.restore", "io.criulazy.client.trace..")
            .because("what makes files is given calls to make them with, wherever they are made"),
        noClasses()
            .that()
            .resideOutsideOfPackages(CLI, "io.criulazy.client.engine..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class)
            .because("the JVM reaps such children and steals their ptrace stops: use posix_spawn"));
  }

  static Stream<ArchRule> manners() {
    return Stream.of(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.util.logging..")
            .because("there is one log: slf4j"),
        noClasses()
            .that()
            .resideOutsideOfPackage(CLI)
            .should()
            .accessFieldWhere(
                DescribedPredicate.describe(
                    "the target is System.out or System.err",
                    access ->
                        access.getTarget().getOwner().isEquivalentTo(System.class)
                            && access.getTarget().getRawType().isEquivalentTo(PrintStream.class)))
            .because("only the command talks to the terminal: others log, or are handed a stream"),
        noClasses()
            .should(callMethodWhere(target(Throwable.class, "printStackTrace").and(noArguments())))
            .because("an exception goes up, or into the log with what was being done"),
        noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.criulazy.client.cli.CriuLazy")
            .and()
            .doNotHaveFullyQualifiedName("io.criulazy.client.session.Termination")
            .should(
                callMethodWhere(
                    target(System.class, "exit")
                        .or(target(Runtime.class, "exit"))
                        .or(target(Runtime.class, "halt"))))
            .because("an agent that exits while pages are missing leaves zeros: return a code"),
        noClasses()
            .should(
                callMethodWhere(
                    target(String.class, "getBytes")
                        .and(noArguments())
                        .or(target(Thread.class, "stop"))
                        .or(target(System.class, "gc"))
                        .or(target(System.class, "runFinalization"))))
            .because("say the charset; end threads by their own loop; leave the collector alone"),
        classes()
            .that()
            .resideOutsideOfPackage(CLI)
            .and()
            .resideInAPackage(CLIENT)
            .should()
            .onlyDependOnClassesThat()
            .resideOutsideOfPackage(CLI)
            .because("the command is the outermost layer"));
  }

  @ParameterizedTest
  @MethodSource({"modules", "kernel", "manners"})
  void holds(ArchRule rule) {
    rule.allowEmptyShould(true).check(all);
  }

  @Test
  void looksAtAllModules() {
    assertThat(all.stream().map(type -> type.getPackageName().split("\\.")[2]).distinct())
        .contains("proto", "daemon", "client");
  }

  private static DescribedPredicate<JavaMethodCall> target(Class<?> owner, String method) {
    return DescribedPredicate.describe(
        "the target is " + owner.getSimpleName() + "." + method,
        call ->
            call.getTarget().getOwner().isAssignableTo(owner)
                && call.getTarget().getName().equals(method));
  }

  private static DescribedPredicate<JavaMethodCall> noArguments() {
    return DescribedPredicate.describe(
        "without arguments", call -> call.getTarget().getRawParameterTypes().isEmpty());
  }
}
