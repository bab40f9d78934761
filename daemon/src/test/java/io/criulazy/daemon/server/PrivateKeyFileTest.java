package io.criulazy.daemon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeyFileTest {
  /** What stands before the PKCS#1 key in the PKCS#8 form of an RSA key of 2048 bits. */
  private static final int HEAD_BYTES = 26;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"RSA", "EC", "EdDSA"})
  void readsPkcs8(String algorithm) throws Exception {
    PrivateKey key = KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPrivate();
    assertThat(PrivateKeyFile.read(write("", key.getEncoded())).getEncoded())
        .isEqualTo(key.getEncoded());
  }

  @Test
  void readsRsaInPkcs1() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    byte[] key = generator.generateKeyPair().getPrivate().getEncoded();
    byte[] pkcs1 = Arrays.copyOfRange(key, HEAD_BYTES, key.length);
    assertThat(PrivateKeyFile.read(write("RSA ", pkcs1)).getEncoded()).isEqualTo(key);
  }

  @Test
  void refusesOthersWithTheFile() throws IOException {
    for (String form : new String[] {"EC ", "ENCRYPTED ", "RSA ", ""}) {
      Path file = write(form, new byte[64]);
      assertThatThrownBy(() -> PrivateKeyFile.read(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.toString());
    }
    Path empty = Files.createFile(directory.resolve("empty.pem"));
    assertThatThrownBy(() -> PrivateKeyFile.read(empty)).hasMessageContaining("no private key");
  }

  private Path write(String form, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder().encodeToString(bytes);
    return Files.writeString(
        directory.resolve("key.pem"),
        "-----BEGIN %sPRIVATE KEY-----\n%s\n-----END %sPRIVATE KEY-----\n"
            .formatted(form, text, form));
  }
}
