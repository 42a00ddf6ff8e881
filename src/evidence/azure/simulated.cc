#include "evidence/azure/simulated.h"

namespace cloister::evidence {
namespace {

using formats::Json;

constexpr std::size_t kReportArea = 2600;  // the TPM's

Json KeyJson(const crypto::VerifyingKey& key) {
  return Json::Object{{"kid", "HCLAkPub"},
                      {"key_ops", Json::Array{"sign"}},
                      {"kty", "RSA"},
                      {"e", ToBase64Url(key.RsaExponent())},
                      {"n", ToBase64Url(key.RsaModulus())}};
}

}  // namespace

SimulatedAzureMachine SimulatedAzureMachine::Make(SimulatedTpm tpm, ByteSpan user_data) {
  Json runtime_data = Json::Object{
      {"keys", Json::Array{KeyJson(tpm.key.Public())}},
      {"vm-configuration", Json::Object{{"SIMULATED", true}, {"secure-boot", true}, {"console-enabled", false}, {"tpm-enabled", true}}},
      {"user-data", ""}};
  SimulatedAzureMachine machine{std::move(tpm), std::move(runtime_data)};
  machine.SetUserData(user_data);
  return machine;
}

void SimulatedAzureMachine::SetUserData(ByteSpan user_data) {
  Bytes padded = ToBytes(user_data);
  padded.resize(64);
  runtime_data.Set("user-data", ToHex(padded));
}

Bytes SimulatedAzureMachine::RuntimeBytes() const { return ToBytes(runtime_data.Dump()); }

AzureSnpEvidence SimulatedAzureMachine::OnSnp(const SimulatedSnpProcessor& processor, ByteSpan nonce, std::uint32_t vmpl) const {
  SimulatedSnpGuest paravisor;
  paravisor.measurement.fill(0xAC);
  const Bytes report = processor.Sign(processor.Report(paravisor, HclReportData(RuntimeBytes()), vmpl));
  return {SerializeHclReport({2, HclTee::kSnp, report, RuntimeBytes()}, kReportArea), tpm.Quote(nonce),
          {{SnpCertificateType::kVcek, processor.vcek.Der()}}};
}

AzureTdxEvidence SimulatedAzureMachine::OnTdx(const SimulatedIntelPlatform& platform, ByteSpan nonce) const {
  const Bytes td_report(kTdReportStructSize, 0x7D);  // nobody outside can check it
  return {SerializeHclReport({2, HclTee::kTdx, td_report, RuntimeBytes()}, kReportArea), tpm.Quote(nonce),
          platform.Quote(platform.Td(HclReportData(RuntimeBytes())), 4)};
}

}  // namespace cloister::evidence
