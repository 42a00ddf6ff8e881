#include "evidence/google/simulated.h"

#include "formats/protobuf.h"

namespace cloister::evidence {
namespace {

using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using formats::AppendProtobuf;

Bytes SnpMessage(const GoldenSnp& snp) {
  Bytes out;
  AppendProtobuf(out, 1, std::uint64_t{snp.svn});
  for (const auto& [vcpus, value] : snp.measurements) {
    Bytes entry;
    AppendProtobuf(entry, 1, std::uint64_t{vcpus});
    AppendProtobuf(entry, 2, value);
    AppendProtobuf(out, 2, entry);
  }
  AppendProtobuf(out, 3, snp.family_id);
  AppendProtobuf(out, 4, snp.image_id);
  AppendProtobuf(out, 5, snp.policy);
  return out;
}

Bytes TdxMessage(const GoldenTdx& tdx) {
  Bytes out;
  AppendProtobuf(out, 1, std::uint64_t{tdx.svn});
  for (const GoldenTdx::Measurement& shape : tdx.measurements) {
    Bytes entry;
    AppendProtobuf(entry, 1, std::uint64_t{shape.ram_gib});
    if (shape.early_accept) AppendProtobuf(entry, 2, std::uint64_t{1});
    AppendProtobuf(entry, 3, shape.mr_td);
    AppendProtobuf(out, 2, entry);
  }
  return out;
}

template <std::size_t N>
std::array<std::uint8_t, N> Filled(std::uint8_t value) {
  std::array<std::uint8_t, N> bytes;
  bytes.fill(value);
  return bytes;
}

}  // namespace

SimulatedLaunchEndorser SimulatedLaunchEndorser::Make(Time not_before, Time not_after) {
  const auto day = std::chrono::days(1);
  const SigningKey root_key = *SigningKey::GenerateRsa(SignatureAlgorithm::kRs256, 2048);
  crypto::CertificateBuilder root(root_key.Public());
  root.SubjectCommonName("SIMULATED GCE-cc-tcb-root")
      .Validity(not_before - day, not_after + day)
      .CertificateAuthority(std::nullopt);
  crypto::Certificate root_certificate = *root.SelfSign(root_key);
  const SigningKey middle_key = *SigningKey::GenerateRsa(SignatureAlgorithm::kRs256, 2048);
  crypto::CertificateBuilder middle(middle_key.Public());
  middle.SubjectCommonName("SIMULATED GCE-cc-tcb-ca")
      .Validity(not_before - day, not_after + day)
      .CertificateAuthority(0);
  crypto::Certificate middle_certificate = *middle.Sign(root_certificate, root_key);
  SigningKey key = *SigningKey::GenerateRsa(SignatureAlgorithm::kPs256, 2048);
  crypto::CertificateBuilder leaf(key.Public());
  leaf.SubjectCommonName("SIMULATED GCE-uefi-signer").Validity(not_before, not_after);
  crypto::Certificate signer = *leaf.Sign(middle_certificate, middle_key);
  return {std::move(root_certificate), std::move(middle_certificate), std::move(signer), std::move(key)};
}

GoldenMeasurement SimulatedLaunchEndorser::Golden(Time timestamp) {
  GoldenMeasurement golden{
      .timestamp = timestamp, .changelist = 42, .commit = {}, .uefi_sha384 = Filled<48>(0x55), .snp = {}, .tdx = {}};
  golden.snp = GoldenSnp{.svn = 3,
                         .measurements = {{2, Filled<48>(0x22)}, {300, Filled<48>(0x33)}},
                         .family_id = Filled<16>(0x0F),
                         .image_id = Filled<16>(0x01),
                         .policy = 0x70000};
  golden.tdx = GoldenTdx{.svn = 4,
                         .measurements = {{.ram_gib = 16, .early_accept = false, .mr_td = Filled<48>(0x66)},
                                          {.ram_gib = 16, .early_accept = true, .mr_td = Filled<48>(0x77)},
                                          {.ram_gib = 64, .early_accept = false, .mr_td = Filled<48>(0x88)}}};
  return golden;
}

Bytes SimulatedLaunchEndorser::Serialize(const GoldenMeasurement& golden) const {
  Bytes timestamp, out;
  AppendProtobuf(timestamp, 1, static_cast<std::uint64_t>(ToUnixSeconds(golden.timestamp)));
  AppendProtobuf(out, 1, timestamp);
  if (golden.changelist != 0) AppendProtobuf(out, 2, golden.changelist);
  if (!golden.commit.empty()) AppendProtobuf(out, 3, golden.commit);
  AppendProtobuf(out, 4, signer.Der());
  AppendProtobuf(out, 5, golden.uefi_sha384);
  AppendProtobuf(out, 6, AsBytes(root.Pem() + intermediate.Pem()));
  if (golden.snp) AppendProtobuf(out, 7, SnpMessage(*golden.snp));
  if (golden.tdx) AppendProtobuf(out, 8, TdxMessage(*golden.tdx));
  return out;
}

Bytes SimulatedLaunchEndorser::Sign(const Bytes& serialized) const {
  Bytes out;
  AppendProtobuf(out, 1, serialized);
  AppendProtobuf(out, 2, key.Sign(serialized));
  return out;
}

}  // namespace cloister::evidence
