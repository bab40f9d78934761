package io.criulazy.daemon.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a private key in PEM: PKCS#8 of any kind, or RSA in PKCS#1, which older openssl and GnuTLS
 * write and the JDK does not read. PKCS#1 becomes PKCS#8 by a head of fixed content:
 *
 * <pre>
 * SEQUENCE { INTEGER 0, SEQUENCE { OID rsaEncryption, NULL }, OCTET STRING { the PKCS#1 key } }
 * </pre>
 */
final class PrivateKeyFile {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END ");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");
  private static final byte[] RSA_HEAD =
      HexFormat.of().parseHex("020100300d06092a864886f70d0101010500");
  private static final int MAX_BYTES = 64 << 10;
  private static final byte SEQUENCE = 0x30;
  private static final byte OCTET_STRING = 0x04;

  private PrivateKeyFile() {}

  /**
   * Reads it.
   *
   * @throws IOException if it is no key, or one of another form
   */
  static PrivateKey read(Path file) throws IOException, GeneralSecurityException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + ": too long for a private key");
    }
    Matcher pem = PEM.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    if (!pem.find()) {
      throw new IOException(file + ": no private key in it");
    }
    byte[] bytes = Base64.getMimeDecoder().decode(pem.group(2));
    return switch (pem.group(1)) {
      case "" -> pkcs8(file, bytes);
      case "RSA " -> pkcs8(file, wrapRsa(bytes));
      default ->
          throw new IOException(
              file
                  + ": a key in the form \""
                  + pem.group(1)
                  + "PRIVATE KEY\"; openssl pkcs8 -topk8 -nocrypt makes PKCS#8 of it");
    };
  }

  private static PrivateKey pkcs8(Path file, byte[] bytes)
      throws IOException, GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(bytes);
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (InvalidKeySpecException e) {
        // Of another kind: the next one may know it.
      }
    }
    throw new IOException(file + ": the key is damaged, or none of " + ALGORITHMS);
  }

  private static byte[] wrapRsa(byte[] pkcs1) {
    byte[] key = element(OCTET_STRING, pkcs1);
    byte[] content =
        ByteBuffer.allocate(RSA_HEAD.length + key.length).put(RSA_HEAD).put(key).array();
    return element(SEQUENCE, content);
  }

  /** A DER element with a length of two bytes, which every RSA key needs. */
  private static byte[] element(byte tag, byte[] content) {
    return ByteBuffer.allocate(4 + content.length)
        .put(tag)
        .put((byte) 0x82)
        .putShort((short) content.length)
        .put(content)
        .array();
  }
}
