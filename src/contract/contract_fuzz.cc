// What comes from outside: a contract's JSON, a signed document, init-data and a binding. What is read is written the
// same.
#include "contract/evidence_binding.h"
#include "contract/init_data.h"
#include "contract/lint.h"
#include "contract/signed_contract.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloister;
  const ByteSpan input(data, size);
  const std::string_view text = AsText(input);
  if (const auto contract = contract::Contract::FromCanonical(text)) CHECK(contract->ToCanonical() == text);
  if (const auto signature = contract::VerifyContractSignature(input)) CHECK(Equal(signature->cose(), input));
  if (const auto init_data = contract::InitData::FromToml(text))
    CHECK(contract::InitData::FromToml(init_data->ToToml()));
  if (const auto binding = contract::EvidenceBinding::FromAdditionalEvidence(text))
    CHECK(binding->ToAdditionalEvidence() == text);
  const contract::LintReport report = contract::Lint(text, FromUnixSeconds(1'780'000'000));
  if (report.CanBecomeActive()) CHECK(contract::Contract::FromJson(*formats::Json::Parse(text)));
  return 0;
}
