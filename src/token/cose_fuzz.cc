// COSE messages and keys from strangers.
#include "token/cose_sign.h"
#include "token/cose_view.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  using namespace cloister::token;
  const ByteSpan input(data, size);
  const auto nobody = [](const CoseSigner&) -> Result<crypto::VerifyingKey> {
    return Error(ErrorCode::kUntrusted, "no key");
  };
  const Result<UnverifiedCose1> message = UnverifiedCose1::Parse(input, CoseForm::kAny);
  UnverifiedCose1View::Scratch scratch;
  const Result<UnverifiedCose1View> view = UnverifiedCose1View::Parse(input, scratch);
  // The view looks at fewer members, and takes fewer values.
  CHECK(!message || view || view.error().code() == ErrorCode::kLimit);
  if (message && view) {
    CHECK(view->unverified_payload().has_value() == !message->detached());
    CHECK(message->detached() || Equal(*view->unverified_payload(), *message->unverified_payload()));
  }
  if (message) {
    const Result<Bytes> bare = WithoutUnprotected(input);
    CHECK(bare && UnverifiedCose1::Parse(*bare, CoseForm::kAny));
    // The one form is a fixed point.
    CHECK(*WithoutUnprotected(*bare) == *bare);
    (void)ReceiptsOf(input);
  }
  (void)VerifyCoseSign(input, nobody, {.form = CoseForm::kAny});
  (void)ParseCoseKeySet(input);
  (void)DecodeCoseKey(input);
  return 0;
}
