package io.criulazy.client.sys;

/**
 * Levels and names of socket options (uapi asm-generic/socket.h, linux/in.h, linux/in6.h,
 * linux/tcp.h), without the prefix that says their level.
 */
public final class SocketOption {
  public static final int SOL_IP = 0;
  public static final int SOL_SOCKET = 1;
  public static final int SOL_TCP = 6;
  public static final int SOL_IPV6 = 41;

  public static final int REUSEADDR = 2;
  public static final int TYPE = 3;
  public static final int DONTROUTE = 5;
  public static final int BROADCAST = 6;
  public static final int SNDBUF = 7;
  public static final int RCVBUF = 8;
  public static final int KEEPALIVE = 9;
  public static final int OOBINLINE = 10;
  public static final int NO_CHECK = 11;
  public static final int PRIORITY = 12;
  public static final int LINGER = 13;
  public static final int REUSEPORT = 15;
  public static final int PASSCRED = 16;
  public static final int RCVLOWAT = 18;
  public static final int RCVTIMEO = 20;
  public static final int SNDTIMEO = 21;
  public static final int BINDTODEVICE = 25;
  public static final int GET_FILTER = 26;
  public static final int ACCEPTCONN = 30;
  public static final int SNDBUFFORCE = 32;
  public static final int RCVBUFFORCE = 33;
  public static final int PASSSEC = 34;
  public static final int MARK = 36;
  public static final int PROTOCOL = 38;
  public static final int DOMAIN = 39;
  public static final int PEEK_OFF = 42;
  public static final int BUF_LOCK = 72;

  public static final int IP_TOS = 1;
  public static final int IP_TTL = 2;
  public static final int IP_PKTINFO = 8;
  public static final int IP_FREEBIND = 15;
  public static final int IPV6_V6ONLY = 26;
  public static final int IPV6_RECVPKTINFO = 49;
  public static final int IPV6_FREEBIND = 78;

  public static final int TCP_NODELAY = 1;
  public static final int TCP_CORK = 3;
  public static final int TCP_KEEPIDLE = 4;
  public static final int TCP_KEEPINTVL = 5;
  public static final int TCP_KEEPCNT = 6;
  public static final int TCP_INFO = 11;

  private SocketOption() {}
}
