package io.criulazy.proto.image.task;

import io.criulazy.proto.image.codec.Field;
import java.util.List;
import java.util.Optional;

/**
 * The extended components of an XSAVE area; a component that is not in use is empty or zeros.
 *
 * @param xstateBv which components are in use, as in the XSAVE header
 * @param ymmhSpace upper halves of ymm0 to ymm15: 64 words (component 2)
 * @param bndregState MPX bounds (component 3)
 * @param bndcsrState MPX status (component 4)
 * @param opmaskReg k0 to k7 (component 5)
 * @param zmmUpper upper halves of zmm0 to zmm15: 64 words (component 6)
 * @param hi16Zmm zmm16 to zmm31: 128 words (component 7)
 * @param pkru protection keys: 2 words (component 9)
 * @param cet shadow stack (component 11)
 */
public record XsaveState(
    @Field(1) long xstateBv,
    @Field(2) List<Integer> ymmhSpace,
    @Field(3) List<Long> bndregState,
    @Field(4) List<Long> bndcsrState,
    @Field(5) List<Long> opmaskReg,
    @Field(6) List<Long> zmmUpper,
    @Field(7) List<Long> hi16Zmm,
    @Field(8) List<Integer> pkru,
    @Field(9) Optional<ShadowStack> cet) {
  /** Keeps copies of the lists. */
  public XsaveState {
    ymmhSpace = List.copyOf(ymmhSpace);
    bndregState = List.copyOf(bndregState);
    bndcsrState = List.copyOf(bndcsrState);
    opmaskReg = List.copyOf(opmaskReg);
    zmmUpper = List.copyOf(zmmUpper);
    hi16Zmm = List.copyOf(hi16Zmm);
    pkru = List.copyOf(pkru);
  }
}
