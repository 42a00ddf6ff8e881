// Microsoft Azure Attestation, tokens of API 2022-08-01 and before ("x-ms-ver": "1.0"). Of a whole virtual machine the
// part about its isolation stands in a member of its own.
#include "evidence/tokens/internal/view.h"

namespace cloister::evidence::internal {
namespace {

using formats::Json;

Result<void> ReadSnp(const Json& tee, TokenView& view) {
  TRY(CopyHex(tee, "x-ms-sevsnpvm-launchmeasurement", 48, view, "measurement"));
  TRY(CopyHex(tee, "x-ms-sevsnpvm-reportdata", 64, view, "report_data"));
  TRY(CopyHex(tee, "x-ms-sevsnpvm-hostdata", 32, view, "init_data"));
  SayDebug(view, TRY(tee.FindBool("x-ms-sevsnpvm-is-debuggable")));
  TRY(tee.GetIntIn("x-ms-sevsnpvm-vmpl", 0, 3));
  TRY(Demand(view, "measurement"));
  return Demand(view, "report_data");
}

Result<void> ReadSgx(const Json& tee, TokenView& view) {
  TRY(CopyHex(tee, "x-ms-sgx-mrenclave", 32, view, "measurement"));
  TRY(CopyHex(tee, "x-ms-sgx-report-data", 64, view, "report_data"));
  TRY(CopyHex(tee, "x-ms-sgx-config-id", 64, view, "init_data"));
  SayDebug(view, TRY(tee.FindBool("x-ms-sgx-is-debuggable")));
  return Demand(view, "measurement");
}

// The runtime data that the report's REPORT_DATA covers.
Result<void> ReadRuntime(const Json& claims, TokenView& view) {
  if (claims.Find("x-ms-runtime") == nullptr) return {};
  const Json& runtime = *TRY(claims.GetObject("x-ms-runtime"));
  for (const Json* holder : {&runtime, runtime.Find("client-payload")}) {
    const Json* nonce = holder == nullptr ? nullptr : holder->Find("nonce");
    if (nonce != nullptr) view.evidence_nonces.push_back(TRY_WITH("x-ms-runtime", nonce->AsString()));
  }
  return {};
}

}  // namespace

Result<TokenView> ReadAzure(const Json& claims) {
  TokenView view;
  const Json* tee = &claims;
  std::string type = TRY(claims.GetString("x-ms-attestation-type"));
  const bool whole_machine = type == "azurevm";
  if (whole_machine) {
    tee = TRY(claims.GetObject("x-ms-isolation-tee"));
    type = TRY(tee->GetString("x-ms-attestation-type"));
  }
  if (type == "sevsnpvm") {
    TRY(ReadSnp(*tee, view));
    view.claims.Set("tee", whole_machine ? "az-snp-vtpm" : "snp");
  } else if (type == "tdxvm") {
    TRY(ReadTdx(*tee, view));
    view.claims.Set("tee", whole_machine ? "az-tdx-vtpm" : "tdx");
  } else if (type == "sgx" && !whole_machine) {
    TRY(ReadSgx(*tee, view));
    view.claims.Set("tee", "sgx");
  } else {
    return Error(ErrorCode::kUnsupported, "\"x-ms-attestation-type\": expected sevsnpvm, tdxvm or sgx");
  }
  TRY(ReadRuntime(claims, view));
  view.token_nonces = TRY(ReadTexts(claims, "nonce"));
  return view;
}

}  // namespace cloister::evidence::internal
