package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Who a thread is and what it may. A set of capabilities is two words, the lower first. */
public record Credentials(
    @Field(1) int uid,
    @Field(2) int gid,
    @Field(3) int euid,
    @Field(4) int egid,
    @Field(5) int suid,
    @Field(6) int sgid,
    @Field(7) int fsuid,
    @Field(8) int fsgid,
    @Field(9) List<Integer> inheritable,
    @Field(10) List<Integer> permitted,
    @Field(11) List<Integer> effective,
    @Field(12) List<Integer> bounding,
    @Field(13) int securebits,
    @Field(14) List<Integer> groups,
    @Field(15) Optional<String> lsmProfile,
    @Field(16) Optional<String> lsmSockcreate,
    @Field(17) Optional<byte[]> apparmorData,
    @Field(18) OptionalInt noNewPrivs,
    @Field(19) List<Integer> ambient) {
  /** Keeps copies of the lists. */
  public Credentials {
    inheritable = List.copyOf(inheritable);
    permitted = List.copyOf(permitted);
    effective = List.copyOf(effective);
    bounding = List.copyOf(bounding);
    groups = List.copyOf(groups);
    ambient = List.copyOf(ambient);
  }
}
