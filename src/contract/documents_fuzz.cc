// Documents of a run and calls between room, broker and ledger, one kind for each first byte. What was read is written the
// same, and what is signed of it verifies.
#include <iterator>

#include "contract/account_entry.h"
#include "contract/broker_calls.h"
#include "contract/ledger_documents.h"
#include "contract/pipeline.h"
#include "contract/proof.h"
#include "contract/run.h"
#include "contract/signed_contract.h"

namespace {

using namespace cloister;
using namespace cloister::contract;

template <class T>
void CheckDocument(const formats::Json& json) {
  const auto document = T::FromJson(json);
  if (!document) return;
  CHECK(*T::FromJson(document->ToJson()) == *document);
  if constexpr (requires { T::kContentType; }) {
    static const auto key = crypto::SigningKey::Generate(crypto::SignatureAlgorithm::kEs256);
    const auto signed_document = SignDocument(*document, key, "did:web:a.example", FromUnixSeconds(0));
    if (!signed_document) return;
    const auto verified = VerifyDocument<T>(*signed_document, key.Public(), "did:web:a.example");
    CHECK(verified && **verified == *document);
  }
}

using Check = void (*)(const formats::Json&);
constexpr Check kChecks[] = {
    CheckDocument<RunRequest>, CheckDocument<Certification>, CheckDocument<Reservation>,  CheckDocument<Mechanism>,
    CheckDocument<Spent>,      CheckDocument<Settlement>,    CheckDocument<RunReport>,    CheckDocument<Scrub>,
    CheckDocument<AccountEntry>, CheckDocument<Revocation>,  CheckDocument<FreshRequest>, CheckDocument<FreshAnswer>,
    CheckDocument<ReadRequest>, CheckDocument<Proof>,        CheckDocument<ReserveCall>,  CheckDocument<ReleaseCall>,
    CheckDocument<ReportCall>, CheckDocument<Pipeline>,      CheckDocument<NamedKey>,     CheckDocument<Dataset>};

void CheckCanonical(ByteSpan text) {
  if (const auto pipeline = Pipeline::FromCanonical(AsText(text))) CHECK(*pipeline->ToJson().Canonical() == AsText(text));
  if (const auto key = FileKey::FromCanonical(SecretBytes::CopyOf(text))) {
    CHECK(Equal(key->ToCanonical().ExposeSecret(), text));
  }
}

}  // namespace

// The first byte is 'A' for the first kind and so on, so that a corpus can be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteSpan text(data + 1, size - 1);
  CheckCanonical(text);
  const std::size_t kind = static_cast<std::uint8_t>(data[0] - 'A') % std::size(kChecks);
  if (const auto json = formats::Json::Parse(AsText(text), {.max_bytes = 1u << 20, .max_depth = 32})) kChecks[kind](*json);
  return 0;
}
