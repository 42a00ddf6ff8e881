#include "crypto/internal/aws_lc.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "base/check.h"

namespace cloister::crypto::internal {

struct EcdsaKey {
  std::size_t coordinate_size;
  bssl::UniquePtr<EC_KEY> key;
};

namespace {

// A signature whose two numbers keep their memory from one call to the next.
class Scratch {
 public:
  Scratch() : signature_(ECDSA_SIG_new()), r_(BN_new()), s_(BN_new()) {
    CHECK(signature_ != nullptr && r_ != nullptr && s_ != nullptr);
    CHECK(ECDSA_SIG_set0(signature_.get(), r_, s_) == 1);
  }

  const ECDSA_SIG* Set(ByteSpan r, ByteSpan s) {
    CHECK(BN_bin2bn(r.data(), r.size(), r_) != nullptr && BN_bin2bn(s.data(), s.size(), s_) != nullptr);
    return signature_.get();
  }

 private:
  bssl::UniquePtr<ECDSA_SIG> signature_;
  BIGNUM *r_, *s_;  // the signature's
};

}  // namespace

std::shared_ptr<const EcdsaKey> PrepareEcdsaKey(ByteSpan x, ByteSpan y) {
  CHECK((x.size() == 32 || x.size() == 48) && y.size() == x.size());
  const EC_GROUP* group = x.size() == 32 ? EC_group_p256() : EC_group_p384();
  static constexpr std::uint8_t kUncompressed[] = {0x04};
  const Bytes octets = Concat({kUncompressed, x, y});
  const bssl::UniquePtr<EC_POINT> point(EC_POINT_new(group));
  bssl::UniquePtr<EC_KEY> key(EC_KEY_new());
  CHECK(point != nullptr && key != nullptr);
  CHECK(EC_POINT_oct2point(group, point.get(), octets.data(), octets.size(), nullptr) == 1);
  CHECK(EC_KEY_set_group(key.get(), group) == 1 && EC_KEY_set_public_key(key.get(), point.get()) == 1);
  return std::make_shared<const EcdsaKey>(EcdsaKey{x.size(), std::move(key)});
}

bool VerifyEcdsa(const EcdsaKey& key, ByteSpan digest, ByteSpan signature) {
  if (signature.size() != 2 * key.coordinate_size) return false;
  thread_local Scratch scratch;
  const ECDSA_SIG* numbers = scratch.Set(signature.first(key.coordinate_size), signature.subspan(key.coordinate_size));
  if (ECDSA_do_verify(digest.data(), digest.size(), numbers, key.key.get()) == 1) return true;
  ERR_clear_error();
  return false;
}

}  // namespace cloister::crypto::internal
