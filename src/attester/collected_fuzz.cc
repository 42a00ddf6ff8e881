// What a device or a host answered a collector: it gives out only what it has seen its own nonce in.
#include "attester/internal/signed_blobs.h"
#include "attester/nsm.h"
#include "base/check.h"

namespace {

class Answering final : public cloister::attester::NsmDevice {
 public:
  explicit Answering(cloister::ByteSpan answer) : answer_(answer) {}
  cloister::Result<cloister::Bytes> Exchange(cloister::ByteSpan) override { return cloister::ToBytes(answer_); }

 private:
  cloister::ByteSpan answer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  Answering device(input);
  const Bytes nonce(8, 'n');
  if (const auto document = attester::CollectNitro(device, nonce)) {
    CHECK(AsText(*document).find(AsText(nonce)) != std::string_view::npos);
  }
  if (const auto quote = attester::internal::ViewTdQuote(input)) CHECK(quote->bytes.size() <= size);
  if (const auto challenge = attester::internal::CcaChallengeOf(input)) CHECK(challenge->size() <= size);
  return 0;
}
