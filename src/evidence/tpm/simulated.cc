#include "evidence/tpm/simulated.h"

#include "base/byte_reader.h"
#include "formats/der.h"

namespace cloister::evidence {
namespace {

using crypto::CertificateBuilder;
using crypto::SignatureAlgorithm;
using crypto::SigningKey;

constexpr PcrBank kBanks[] = {PcrBank::kSha1, PcrBank::kSha256, PcrBank::kSha384};
constexpr std::uint16_t kRsa = 0x0001, kEcc = 0x0023, kNull = 0x0010;
constexpr std::uint16_t kNistP256 = 0x0003, kNistP384 = 0x0004;

crypto::RegisterDigest HashOfBank(PcrBank bank, std::initializer_list<ByteSpan> parts) {
  return *crypto::HashParts(HashOf(bank), parts);
}

TpmScheme SchemeOf(SignatureAlgorithm algorithm) {
  if (crypto::IsEcdsa(algorithm)) return TpmScheme::kEcdsa;
  return algorithm == SignatureAlgorithm::kRs256 ? TpmScheme::kRsaSsa : TpmScheme::kRsaPss;
}

PcrBank HashOfKey(SignatureAlgorithm algorithm) { return algorithm == SignatureAlgorithm::kEs384 ? PcrBank::kSha384 : PcrBank::kSha256; }

Bytes Sized(ByteSpan content) {
  Bytes out;
  AppendBe(out, static_cast<std::uint16_t>(content.size()));
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

CertificateBuilder Named(const crypto::VerifyingKey& key, const std::string& common_name, Time from, Time to) {
  CertificateBuilder builder(key);
  builder.AddSubjectAttribute("O", "SIMULATED Cloud").SubjectCommonName("SIMULATED " + common_name).Validity(from, to);
  return builder;
}

Bytes Utf8(std::string_view text) { return formats::DerEncode(formats::DerTag::kUtf8String, AsBytes(text)); }

Bytes InstanceExtension() {
  using formats::DerConstructed;
  using formats::DerContext;
  const Bytes security = formats::DerSequence({DerConstructed(DerContext(0), {formats::DerInteger(0)}),
                                               DerConstructed(DerContext(1), {formats::DerBoolean(true)})});
  return formats::DerSequence({Utf8("simulated-a"), formats::DerInteger(12), Utf8("simulated-project"), formats::DerInteger(34),
                               Utf8("simulated-instance"), DerConstructed(DerContext(0), {security})});
}

}  // namespace

SimulatedTpm SimulatedTpm::Make(SignatureAlgorithm algorithm) {
  SimulatedTpm tpm{crypto::IsRsa(algorithm) ? *SigningKey::GenerateRsa(algorithm, 2048) : SigningKey::Generate(algorithm),
                   kSimulatedTpmAttributes,
                   {},
                   {}};
  tpm.log.banks.assign(std::begin(kBanks), std::end(kBanks));
  for (const PcrBank bank : kBanks) {
    for (unsigned i = 0; i < kTpmPcrs; ++i) {
      tpm.banks[bank][i] = Bytes(crypto::DigestSize(HashOf(bank)), i >= 17 && i <= 22 ? 0xFF : 0);
    }
  }
  return tpm;
}

void SimulatedTpm::Measure(std::uint32_t index, std::uint32_t type, ByteSpan data) {
  LoggedEvent event{.index = index, .type = type, .digests = {}, .data = ToBytes(data)};
  for (const PcrBank bank : kBanks) {
    const crypto::RegisterDigest digest = HashOfBank(bank, {data});
    crypto::RegisterDigest& value = banks[bank][index];
    value = HashOfBank(bank, {value, digest});
    event.digests.push_back({bank, ToBytes(digest)});
  }
  log.events.push_back(std::move(event));
}

void SimulatedTpm::Extend(std::uint32_t index, const crypto::Sha256Digest& digest) {
  crypto::RegisterDigest& value = banks[PcrBank::kSha256][index];
  value = HashOfBank(PcrBank::kSha256, {value, digest});
}

TpmQuote SimulatedTpm::Prepare(ByteSpan nonce, const PcrSelection& selection) const {
  TpmQuote quote;
  quote.qualified_signer = Concat({Bytes{0, 0x0B}, crypto::Sha256(PublicArea())});
  quote.extra_data = nonce;
  quote.clock = 123456;
  quote.reset_count = 3;
  quote.clock_safe = true;
  quote.firmware_version = 0x2020031200120003;
  quote.selections = {selection};
  Bytes all;
  for (const unsigned index : selection.Indices()) {
    const crypto::RegisterDigest& value = banks.at(selection.bank).at(index);
    all.insert(all.end(), value.begin(), value.end());
  }
  quote.pcr_digest = HashOfBank(HashOfKey(key.algorithm()), {all});
  return quote;
}

TpmQuoteEvidence SimulatedTpm::Sign(const TpmQuote& quote) const {
  TpmQuoteEvidence evidence;
  evidence.message = SerializeTpmQuote(quote);
  evidence.signature = {SchemeOf(key.algorithm()), HashOfKey(key.algorithm()), key.Sign(evidence.message)};
  for (const PcrSelection& selection : quote.selections) {
    for (const unsigned index : selection.Indices()) evidence.pcrs[index] = banks.at(selection.bank).at(index);
  }
  return evidence;
}

TpmQuoteEvidence SimulatedTpm::Quote(ByteSpan nonce, const PcrSelection& selection) const { return Sign(Prepare(nonce, selection)); }

Bytes SimulatedTpm::PublicArea() const {
  const crypto::VerifyingKey public_key = key.Public();
  const bool ecdsa = crypto::IsEcdsa(key.algorithm());
  Bytes area;
  AppendBe(area, ecdsa ? kEcc : kRsa);
  AppendBe<std::uint16_t>(area, 0x000B);
  AppendBe(area, attributes);
  AppendBe<std::uint16_t>(area, 0);  // no policy
  AppendBe(area, kNull);             // no symmetric algorithm
  AppendBe(area, static_cast<std::uint16_t>(SchemeOf(key.algorithm())));
  AppendBe(area, static_cast<std::uint16_t>(HashOfKey(key.algorithm())));
  if (ecdsa) {
    AppendBe(area, key.algorithm() == SignatureAlgorithm::kEs384 ? kNistP384 : kNistP256);
    AppendBe(area, kNull);  // no key derivation
    return Concat({area, Sized(public_key.EcX()), Sized(public_key.EcY())});
  }
  AppendBe<std::uint16_t>(area, 2048);
  AppendBe<std::uint32_t>(area, 0);  // the usual exponent
  return Concat({area, Sized(public_key.RsaModulus())});
}

TpmEvidence SimulatedTpm::Evidence(ByteSpan nonce) const {
  TpmEvidence evidence;
  evidence.quote = Quote(nonce);
  evidence.ak_public = key.Public().SpkiDer();
  evidence.ak_public_area = PublicArea();
  return evidence;
}

Result<SimulatedVtpmAuthority> SimulatedVtpmAuthority::Make(VtpmCloud cloud, Time not_before, Time not_after) {
  SigningKey root_key = TRY(SigningKey::GenerateRsa(SignatureAlgorithm::kRs256, 2048));
  SigningKey intermediate_key = TRY(SigningKey::GenerateRsa(SignatureAlgorithm::kRs256, 2048));
  auto root = TRY(Named(root_key.Public(), "Virtual TPM Root", not_before, not_after).CertificateAuthority(std::nullopt).SelfSign(root_key));
  auto intermediate =
      TRY(Named(intermediate_key.Public(), "Virtual TPM CA", not_before, not_after).CertificateAuthority(0).Sign(root, root_key));
  return SimulatedVtpmAuthority{cloud,           not_before, not_after, std::move(root_key), std::move(intermediate_key),
                                std::move(root), std::move(intermediate)};
}

Result<crypto::Certificate> SimulatedVtpmAuthority::Certify(const crypto::VerifyingKey& key, SimulatedAkFault fault) const {
  CertificateBuilder leaf = Named(key, "attestation key", not_before, not_after);
  if (fault == SimulatedAkFault::kLeafIsCa) leaf.CertificateAuthority(0);
  if (fault == SimulatedAkFault::kWithoutKeyUsage) leaf.Plain();
  if (cloud == VtpmCloud::kAzure || fault == SimulatedAkFault::kEndorsementKey) {
    const bool endorsement = fault == SimulatedAkFault::kEndorsementKey;
    leaf.Extension("2.5.29.37", formats::DerSequence({*formats::DerOid(endorsement ? "2.23.133.8.1" : "2.23.133.8.3")}));
  }
  if (cloud == VtpmCloud::kGoogle && fault != SimulatedAkFault::kWithoutInstance) {
    leaf.Extension("1.3.6.1.4.1.11129.2.1.21", InstanceExtension());
  }
  if (fault == SimulatedAkFault::kForeignIssuer) return leaf.Sign(intermediate, *SigningKey::GenerateRsa(SignatureAlgorithm::kRs256, 2048));
  return leaf.Sign(intermediate, intermediate_key);
}

VtpmCollateral SimulatedVtpmAuthority::Collateral() const { return {{root.Der(), intermediate.Der()}, {}}; }

namespace {

Result<crypto::Crl> ListBy(const SimulatedVtpmAuthority& authority, const crypto::Certificate& issuer, const crypto::SigningKey& key,
                           std::span<const crypto::Certificate> revoked) {
  crypto::CrlBuilder list;
  list.Updates(authority.not_before, authority.not_after);
  for (const crypto::Certificate& certificate : revoked) list.Revoke(certificate.Serial(), authority.not_before);
  return list.Sign(issuer, key);
}

}  // namespace

Result<crypto::Crl> SimulatedVtpmAuthority::RootList(std::span<const crypto::Certificate> revoked) const {
  return ListBy(*this, root, root_key, revoked);
}

Result<crypto::Crl> SimulatedVtpmAuthority::IntermediateList(std::span<const crypto::Certificate> revoked) const {
  return ListBy(*this, intermediate, intermediate_key, revoked);
}

SimulatedAnchors SimulatedVtpmAuthority::Anchors() const {
  SimulatedAnchors anchors;
  const auto added = anchors.Add(SimulatedRoot{cloud == VtpmCloud::kAzure ? RootUse::kAzureVtpm : RootUse::kGoogleVtpm, root});
  CHECK(added.has_value());
  return anchors;
}

}  // namespace cloister::evidence
