package io.criulazy.client.sys;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Signals that ask this process to end, handled by this program and not by the JVM, which takes no
 * notice of a second one. Through reflection: the compiler warns of sun.misc.Signal, which every
 * JDK has (JEP 260), and can't be told not to.
 */
public final class Signals {
  private static final int SIGHUP = 1;
  private static final int SIGINT = 2;
  private static final int SIGTERM = 15;

  private static final String INTERRUPT = "INT";

  private static volatile boolean interruptIsTaken;

  private Signals() {}

  /**
   * Has a handler called for each TERM, INT and HUP from now on, each time on a thread of its own.
   * A signal that is ignored (nohup) stays so.
   *
   * @param handler gets the signal's number
   */
  public static void onEnd(IntConsumer handler) {
    for (String name : new String[] {"TERM", "INT", "HUP"}) {
      if (!name.equals(INTERRUPT) || !interruptIsTaken) {
        handle(name, handler);
      }
    }
  }

  /**
   * Has a handler called for each INT, on a thread of its own; whoever asks for {@link #onEnd}
   * later gets no INT.
   */
  public static void onInterrupt(Runnable handler) {
    interruptIsTaken = true;
    handle(INTERRUPT, signal -> handler.run());
  }

  /** Whether a signal is one of these. */
  public static boolean asksForEnd(int signal) {
    return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
  }

  private static void handle(String name, IntConsumer handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
      Object named = signal.getConstructor(String.class).newInstance(name);
      int number = (int) signal.getMethod("getNumber").invoke(named);
      InvocationHandler calls =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  handler.accept(number);
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> "handler of SIG" + name;
              };
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {signalHandler}, calls);
      signal.getMethod("handle", signal, signalHandler).invoke(null, named, proxy);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("SIG" + name + " can't be handled", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK has no sun.misc.Signal", e);
    }
  }
}
