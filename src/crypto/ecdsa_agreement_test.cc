// VerifyingKey (AWS-LC on P-256 and P-384) against OpenSSL, and both against what the mathematics says: honest
// signatures, random changes, and the edges on which implementations have failed.
#include <gtest/gtest.h>
#include <openssl/obj_mac.h>

#include "crypto/internal/algorithms.h"
#include "crypto/internal/openssl.h"
#include "crypto/random.h"

namespace cloister::crypto {
namespace {

using internal::OwnedBignum;
using internal::OwnedEcPoint;
using enum SignatureAlgorithm;

bool OpenSslVerifies(const VerifyingKey& key, ByteSpan digest, ByteSpan signature) {
  const internal::ErrorScope errors;
  const auto der = EcdsaSignatureToDer(key.algorithm(), signature);
  if (!der) return false;
  const internal::OwnedPkeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, internal::KeyAccess::Of(key), nullptr));
  CHECK(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1);
  return EVP_PKEY_verify(context.get(), der->data(), der->size(), digest.data(), digest.size()) == 1;
}

// Arithmetic modulo the order n of the curve, and points.
class Curve {
 public:
  explicit Curve(SignatureAlgorithm algorithm)
      : algorithm_(algorithm), group_(EC_GROUP_new_by_curve_name(OBJ_sn2nid(internal::InfoOf(algorithm).group))) {}

  const BIGNUM* n() const { return EC_GROUP_get0_order(group_.get()); }
  const BIGNUM* p() const { return EC_GROUP_get0_field(group_.get()); }
  OwnedBignum Number(unsigned long value) const {
    OwnedBignum number(BN_new());
    CHECK(BN_set_word(number.get(), value) == 1);
    return number;
  }
  OwnedBignum Random() const {
    OwnedBignum number(BN_new());
    do CHECK(BN_rand_range(number.get(), n()) == 1);
    while (BN_is_zero(number.get()));
    return number;
  }
  OwnedBignum Times(const OwnedBignum& a, const OwnedBignum& b) const {
    OwnedBignum product(BN_new());
    CHECK(BN_mod_mul(product.get(), a.get(), b.get(), n(), scratch_.get()) == 1);
    return product;
  }
  OwnedBignum Plus(const OwnedBignum& a, const OwnedBignum& b) const {
    OwnedBignum sum(BN_new());
    CHECK(BN_mod_add(sum.get(), a.get(), b.get(), n(), scratch_.get()) == 1);
    return sum;
  }
  OwnedBignum Minus(const OwnedBignum& a) const {
    OwnedBignum negative(BN_new());
    CHECK(BN_mod_sub(negative.get(), n(), a.get(), n(), scratch_.get()) == 1);
    return negative;
  }
  OwnedBignum Inverse(const OwnedBignum& a) const {
    OwnedBignum inverse(BN_mod_inverse(nullptr, a.get(), n(), scratch_.get()));
    CHECK(inverse != nullptr);
    return inverse;
  }
  Bytes Padded(const BIGNUM* number) const {
    Bytes bytes(EcCoordinateSize(algorithm_));
    CHECK(BN_bn2binpad(number, bytes.data(), internal::ToInt(bytes.size())) >= 0);
    return bytes;
  }
  Bytes Padded(const OwnedBignum& number) const { return Padded(number.get()); }
  // a·G, or a·G + b·point.
  OwnedEcPoint Point(const OwnedBignum& a, const EC_POINT* point = nullptr, const OwnedBignum& b = nullptr) const {
    OwnedEcPoint result(EC_POINT_new(group_.get()));
    CHECK(EC_POINT_mul(group_.get(), result.get(), a.get(), point, b.get(), scratch_.get()) == 1);
    return result;
  }
  // The point with this x; nullptr: there is none.
  OwnedEcPoint PointAt(const OwnedBignum& x) const {
    const internal::ErrorScope errors;
    OwnedEcPoint point(EC_POINT_new(group_.get()));
    if (EC_POINT_set_compressed_coordinates(group_.get(), point.get(), x.get(), 0, scratch_.get()) != 1) return nullptr;
    return point;
  }
  VerifyingKey Key(const OwnedEcPoint& point) const {
    const OwnedBignum x(BN_new()), y(BN_new());
    CHECK(EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), y.get(), scratch_.get()) == 1);
    return *VerifyingKey::FromEcPoint(algorithm_, Padded(x), Padded(y));
  }
  // x of k·G modulo n.
  OwnedBignum R(const OwnedBignum& k) const {
    const OwnedEcPoint point = Point(k);
    OwnedBignum x(BN_new());
    CHECK(EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), nullptr, scratch_.get()) == 1);
    CHECK(BN_nnmod(x.get(), x.get(), n(), scratch_.get()) == 1);
    return x;
  }

 private:
  SignatureAlgorithm algorithm_;
  internal::OwnedEcGroup group_;
  internal::OwnedBignumContext scratch_{BN_CTX_new()};
};

// Curves whose digest is as long as their order, so that a digest may stand for any number.
class OnCurve : public testing::TestWithParam<SignatureAlgorithm> {
 protected:
  const Curve curve_{GetParam()};

  // Both libraries say `expected`.
  void Expect(bool expected, const VerifyingKey& key, ByteSpan digest, ByteSpan signature) const {
    const Result<void> verified = key.VerifyDigest(digest, signature);
    EXPECT_EQ(verified.has_value(), expected) << ToHex(signature) << " over " << ToHex(digest);
    EXPECT_TRUE(verified || verified.error().code() == ErrorCode::kUntrusted);
    EXPECT_EQ(OpenSslVerifies(key, digest, signature), expected) << ToHex(signature) << " over " << ToHex(digest);
  }
};
INSTANTIATE_TEST_SUITE_P(Nist, OnCurve, testing::Values(kEs256, kEs384),
                         [](const auto& each) { return std::string(SignatureAlgorithmName(each.param)); });

TEST_P(OnCurve, RefusesNumbersOutOfRange) {
  const SigningKey key = SigningKey::Generate(GetParam());
  const Bytes message = ToBytes("message"), signature = key.Sign(message);
  const std::size_t size = EcCoordinateSize(GetParam());
  const InlineDigest digest(internal::InfoOf(GetParam()).hash, message);
  const Bytes r = ToBytes(ByteSpan(signature).first(size)), s = ToBytes(ByteSpan(signature).last(size));
  Expect(true, key.Public(), digest, signature);
  OwnedBignum above(BN_dup(curve_.n()));
  CHECK(BN_add_word(above.get(), 1) == 1);
  for (const Bytes& bad :
       {Bytes(size), curve_.Padded(curve_.n()), curve_.Padded(above), curve_.Padded(curve_.p()), Bytes(size, 0xFF)}) {
    Expect(false, key.Public(), digest, Concat({bad, s}));
    Expect(false, key.Public(), digest, Concat({r, bad}));
    Expect(false, key.Public(), digest, Concat({bad, bad}));
  }
}

TEST_P(OnCurve, RefusesOtherLengthsAndForms) {
  const SigningKey key = SigningKey::Generate(GetParam());
  const Bytes message = ToBytes("message"), signature = key.Sign(message);
  const InlineDigest digest(internal::InfoOf(GetParam()).hash, message);
  for (std::size_t size = 0; size < signature.size(); ++size) {
    Expect(false, key.Public(), digest, ByteSpan(signature).first(size));
  }
  Expect(false, key.Public(), digest, Concat({signature, Bytes(1)}));
  Expect(false, key.Public(), digest, Concat({Bytes(1), signature}));
  Expect(false, key.Public(), digest, Concat({Bytes(1), signature, Bytes(1)}));
  Expect(false, key.Public(), digest, *EcdsaSignatureToDer(GetParam(), signature));
}

TEST_P(OnCurve, RefusesAKeyAtInfinity) {
  Bytes der = SigningKey::Generate(GetParam()).Public().SpkiDer();
  // The point is the last value, a BIT STRING; at infinity it is the one byte 0 (SEC 1 §2.3.3).
  der.resize(der.size() - 1 - 2 * EcCoordinateSize(GetParam()));
  der[der.size() - 2] = 2;
  der.push_back(0);
  der[1] = static_cast<std::uint8_t>(der.size() - 2);
  EXPECT_EQ(VerifyingKey::FromSpkiDer(GetParam(), der).error().code(), ErrorCode::kMalformed);
}

// (r, n - s) is a signature too wherever (r, s) is one; nobody here takes a signature for unique.
TEST_P(OnCurve, AcceptsEitherSign) {
  const OwnedBignum d = curve_.Random(), k = curve_.Random(), e = curve_.Random(), r = curve_.R(k);
  const OwnedBignum s = curve_.Times(curve_.Inverse(k), curve_.Plus(e, curve_.Times(r, d)));
  const VerifyingKey key = curve_.Key(curve_.Point(d));
  Expect(true, key, curve_.Padded(e), Concat({curve_.Padded(r), curve_.Padded(s)}));
  Expect(true, key, curve_.Padded(e), Concat({curve_.Padded(r), curve_.Padded(curve_.Minus(s))}));
  Expect(false, key, curve_.Padded(e), Concat({curve_.Padded(curve_.Minus(r)), curve_.Padded(s)}));
}

// u1·G and u2·Q are the same point, so that adding them is doubling; opposite points, whose sum is infinity; u1 = 0.
TEST_P(OnCurve, AddsEqualAndOppositePoints) {
  const OwnedBignum d = curve_.Random(), k = curve_.Random(), r = curve_.R(k), rd = curve_.Times(r, d);
  const VerifyingKey key = curve_.Key(curve_.Point(d));
  const OwnedBignum twice = curve_.Times(curve_.Inverse(k), curve_.Plus(rd, rd));
  Expect(true, key, curve_.Padded(rd), Concat({curve_.Padded(r), curve_.Padded(twice)}));
  Expect(false, key, curve_.Padded(curve_.Minus(rd)), Concat({curve_.Padded(r), curve_.Padded(curve_.Random())}));
  const OwnedBignum none = curve_.Times(curve_.Inverse(k), rd);
  Expect(true, key, Bytes(EcCoordinateSize(GetParam())), Concat({curve_.Padded(r), curve_.Padded(none)}));
}

// Keys that are small multiples of G, or their opposites: what tables of multiples hold.
TEST_P(OnCurve, VerifiesWithKeysNearTheGenerator) {
  for (unsigned long multiple = 1; multiple <= 40; ++multiple) {
    OwnedBignum d = curve_.Number(multiple);
    if (multiple > 20) d = curve_.Minus(curve_.Number(multiple - 20));
    const VerifyingKey key = curve_.Key(curve_.Point(d));
    for (const OwnedBignum& k : {curve_.Number(1), curve_.Number(2), curve_.Minus(curve_.Number(1)), curve_.Random()}) {
      const OwnedBignum e = curve_.Random(), r = curve_.R(k);
      const OwnedBignum s = curve_.Times(curve_.Inverse(k), curve_.Plus(e, curve_.Times(r, d)));
      Expect(true, key, curve_.Padded(e), Concat({curve_.Padded(r), curve_.Padded(s)}));
      Expect(false, key, curve_.Padded(curve_.Random()), Concat({curve_.Padded(r), curve_.Padded(s)}));
    }
  }
}

// x of the point may lie between n and p, and r is then x - n.
TEST_P(OnCurve, ReducesTheCoordinate) {
  const OwnedBignum x(BN_dup(curve_.n()));
  OwnedEcPoint point;
  while (point == nullptr) {
    CHECK(BN_add_word(x.get(), 1) == 1 && BN_cmp(x.get(), curve_.p()) < 0);
    point = curve_.PointAt(x);
  }
  const OwnedBignum r(BN_new());
  CHECK(BN_sub(r.get(), x.get(), curve_.n()) == 1);
  const OwnedBignum s = curve_.Random(), e = curve_.Random(), inverse = curve_.Inverse(r);
  // Q = r^-1 (s·R - e·G)
  const OwnedEcPoint q = curve_.Point(curve_.Minus(curve_.Times(inverse, e)), point.get(), curve_.Times(inverse, s));
  Expect(true, curve_.Key(q), curve_.Padded(e), Concat({curve_.Padded(r), curve_.Padded(s)}));
  Expect(false, curve_.Key(q), curve_.Padded(e), Concat({curve_.Padded(x), curve_.Padded(s)}));
}

class Agreement : public testing::TestWithParam<SignatureAlgorithm> {};
INSTANTIATE_TEST_SUITE_P(Nist, Agreement, testing::Values(kEs256, kEs384, kEs512OnP256),
                         [](const auto& each) { return "n" + std::to_string(static_cast<int>(each.param)); });

// Honest signatures and changed ones, over messages of every kind; also digests longer than the order (ES512 on P-256).
TEST_P(Agreement, HoldsForRandomSignatures) {
  RandomStream random(SystemRandom());
  const auto byte = [&random] {
    std::array<std::uint8_t, 1> one;
    random.Fill(one);
    return one[0];
  };
  for (int round = 0; round < 150; ++round) {
    const SigningKey key = SigningKey::Generate(GetParam());
    Bytes message(byte());
    random.Fill(message);
    Bytes digest = Hash(internal::InfoOf(GetParam()).hash, message), signature = key.Sign(message);
    EXPECT_TRUE(key.Public().Verify(message, signature) && key.Public().VerifyDigest(digest, signature));
    EXPECT_TRUE(OpenSslVerifies(key.Public(), digest, signature));
    Bytes& changed = round % 2 == 0 ? signature : digest;
    changed[byte() % changed.size()] ^= static_cast<std::uint8_t>(1 << byte() % 8);
    EXPECT_EQ(key.Public().VerifyDigest(digest, signature).has_value(),
              OpenSslVerifies(key.Public(), digest, signature));
  }
}

}  // namespace
}  // namespace cloister::crypto
