package io.criulazy.client.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * An authority and certificates that it signed for 127.0.0.1, made by openssl. {@link #options} are
 * criu's for one of them.
 */
public final class Certificates {
  private final Path directory;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  /** Makes an authority in an empty directory. */
  public static Certificates in(Path directory) {
    Certificates made = new Certificates(directory);
    made.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
            + " -keyout authority.key -out authority.pem");
    return made;
  }

  /** Makes a certificate that carries this address. */
  public Certificates sign(String name, String address) {
    write(name + ".ext", "subjectAltName=IP:" + address);
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN="
            + name
            + (" -keyout NAME.key -out NAME.csr").replace("NAME", name));
    openssl(
        "x509 -req -in NAME.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 2"
                .replace("NAME", name)
            + " -extfile NAME.ext -out NAME.pem".replace("NAME", name));
    return this;
  }

  /** Makes the list {@code revoked.pem} with this certificate in it. */
  public Path revoke(String name) {
    write("index.txt", "");
    write("ca.conf", "[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\ndefault_md=sha256\n");
    String ca = "ca -config ca.conf -cert authority.pem -keyfile authority.key ";
    openssl(ca + "-revoke " + name + ".pem");
    openssl(ca + "-gencrl -crldays 2 -out revoked.pem");
    return directory.resolve("revoked.pem");
  }

  /** criu's options for who has that certificate and trusts this authority. */
  public String[] options(String name, String... more) {
    List<String> options = new ArrayList<>(List.of("--tls"));
    options.addAll(List.of("--tls-cacert", directory.resolve("authority.pem").toString()));
    options.addAll(List.of("--tls-cert", directory.resolve(name + ".pem").toString()));
    options.addAll(List.of("--tls-key", directory.resolve(name + ".key").toString()));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }

  private void openssl(String arguments) {
    List<String> argv = new ArrayList<>(List.of("openssl"));
    argv.addAll(List.of(arguments.split(" ")));
    Command.mustRun(directory, Budget.ofSeconds(30), argv);
  }

  private void write(String name, String text) {
    try {
      Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
