// Statements and questions to a ledger that holds one contract. The fuzzer cannot sign, so the first two bytes say which kind
// and which key, and the rest is the JSON that is signed here. A refusal changes nothing.
#include <iterator>

#include "contract/account_entry.h"
#include "contract/sample_for_tests.h"
#include "ledger/client.h"
#include "ledger/ledger.h"
#include "store/memory_store.h"

namespace {

using namespace cloister;
using namespace cloister::contract;
using formats::Json;

class MemoryKeeper final : public translog::HeadKeeper {
 public:
  Result<std::optional<translog::TreeHead>> Last() const override { return head_; }
  Result<void> Keep(const translog::TreeHead& head) override {
    head_ = head;
    return {};
  }

 private:
  std::optional<translog::TreeHead> head_;
};

const FakeClock kClock(FromUnixSeconds(1'780'272'000));  // 2026-06-01T00:00:00Z

ledger::LedgerKeys Keys() {
  const auto ed25519 = [](std::uint8_t fill) {
    return *crypto::SigningKey::FromEd25519Seed(SecretBytes::CopyOf(Bytes(32, fill)));
  };
  return *ledger::LedgerKeys::Create("ledger.example", TestKey(Sample::kLedgerKey), ed25519(1), ed25519(2));
}

std::unique_ptr<ledger::Ledger> Fresh() {
  auto audit = *audit::AuditLog::Open(std::make_unique<audit::MemoryAuditSink>(), "ledger.example", TestKey(Sample::kLedgerKey), std::nullopt);
  auto made = ledger::Ledger::Open(
      {std::make_unique<store::MemoryStore>(), std::make_unique<MemoryKeeper>(), Keys(), std::move(audit), kClock});
  CHECK(made);
  Contract contract = Sample::MakeContract();
  contract.ledger = Keys().Public().ToTerms({Sample::Fill(0xEE)}, Seconds(600));
  for (const Bytes& signature : Sample::SignByAll(contract, kClock.Now())) CHECK((*made)->Register(signature));
  return *std::move(made);
}

struct Signer {
  std::uint8_t key;
  const char* issuer;
};
constexpr Signer kSigners[] = {{1, Sample::kBank},       {2, Sample::kBureau},
                               {3, Sample::kConsumer},   {Sample::kCertifierKey, Sample::kCertifier},
                               {101, Sample::kBank},     {102, Sample::kBureau},
                               {103, Sample::kConsumer}, {Sample::kRoomKey, "urn:cloister:room:5b1a6d1c-64a1-4a8e-9e4f-0a4b9c1d2e3f"}};

template <class T>
Bytes Sign(const Json& json, const Signer& signer) {
  const auto document = T::FromJson(json);
  if (!document) return {};
  const auto cose = SignDocument(*document, TestKey(signer.key), signer.issuer, kClock.Now());
  return cose ? *cose : Bytes();
}
using Statement = Bytes (*)(const Json&, const Signer&);
constexpr Statement kStatements[] = {Sign<Contract>,     Sign<Revocation>, Sign<Certification>, Sign<AccountEntry>,
                                     Sign<RunReport>, Sign<Scrub>,      Sign<ReadRequest>};

void Ask(ledger::Ledger& ledger, const Json& json) {
  const auto request = FreshRequest::FromJson(json);
  if (!request) return;
  const auto answer = ledger.Fresh(*request);
  if (answer) CHECK(ledger::VerifyFreshAnswerByNonceOnly(*answer, ledger.trust(), *request, {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::unique_ptr<ledger::Ledger> ledger = Fresh();
  if (size < 2) return 0;
  const std::uint64_t before = *ledger->size();
  const ByteSpan rest(data + 2, size - 2);
  (void)ledger->Register(rest);
  if (const auto json = Json::Parse(AsText(rest))) {
    Ask(*ledger, *json);
    const std::size_t kind = static_cast<std::uint8_t>(data[0] - 'A') % std::size(kStatements);
    const Bytes statement = kStatements[kind](*json, kSigners[static_cast<std::uint8_t>(data[1] - '0') % std::size(kSigners)]);
    const std::uint64_t until_now = *ledger->size();
    const auto registered = ledger->Register(statement);
    if (registered) CHECK(ledger::VerifyReceipt(registered->receipt, statement, ledger->trust()));
    CHECK(registered || *ledger->size() == until_now);
    (void)ledger->Read(statement);
  }
  if (*ledger->size() != before) ledger = Fresh();
  return 0;
}
