#include "evidence/nitro/simulated.h"

#include "token/cose_key.h"

namespace cloister::evidence {
namespace {

using crypto::CertificateBuilder;
using crypto::SignatureAlgorithm;
using crypto::SigningKey;
using formats::Cbor;

constexpr unsigned kPlatformPcrs = 16;

CertificateBuilder Named(const SigningKey& key, const std::string& common_name, Time from, Time to) {
  CertificateBuilder builder(key.Public());
  builder.AddSubjectAttribute("C", "US")
      .AddSubjectAttribute("O", "SIMULATED Amazon")
      .AddSubjectAttribute("OU", "SIMULATED AWS")
      .SubjectCommonName("SIMULATED " + common_name)
      .Validity(from, to);
  return builder;
}

// A distribution point (RFC 5280 §4.2.1.13) with one URI of under 100 bytes.
Bytes DistributionPoint(std::string_view uri) {
  Bytes out = ToBytes(uri);
  for (const unsigned tag : {0x86u, 0xA0u, 0xA0u, 0x30u, 0x30u}) {
    const std::uint8_t head[] = {static_cast<std::uint8_t>(tag), static_cast<std::uint8_t>(out.size())};
    out = Concat({head, out});
  }
  return out;
}

CertificateBuilder Authority(const SigningKey& key, const std::string& common_name,
                             const SimulatedNitroOptions& options, unsigned path_length) {
  CertificateBuilder builder = Named(key, common_name, options.not_before, options.not_after);
  builder.CertificateAuthority(path_length);
  return builder;
}

Result<crypto::Certificate> MakeLeaf(const SimulatedNitroOptions& options, const SigningKey& key,
                                     const crypto::Certificate& instance, const SigningKey& instance_key) {
  CertificateBuilder leaf =
      Named(key, "i-0123456789abcdef0-enc0123456789abcdef.zone.aws", options.leaf_not_before, options.leaf_not_after);
  if (options.fault == SimulatedNitroFault::kLeafIsCa) leaf.CertificateAuthority(0);
  if (options.fault == SimulatedNitroFault::kLeafWithoutKeyUsage) leaf.Plain();
  if (options.fault == SimulatedNitroFault::kForeignIssuer) {
    return leaf.Sign(instance, SigningKey::Generate(SignatureAlgorithm::kEs384));
  }
  return leaf.Sign(instance, instance_key);
}

// A head of RFC 8949 §3 with a length of up to 65535.
Bytes Head(std::uint8_t major, std::size_t length) {
  const auto high = static_cast<std::uint8_t>(major << 5);
  if (length < 24) return {static_cast<std::uint8_t>(high | length)};
  if (length < 256) return {static_cast<std::uint8_t>(high | 24), static_cast<std::uint8_t>(length)};
  return {static_cast<std::uint8_t>(high | 25), static_cast<std::uint8_t>(length >> 8),
          static_cast<std::uint8_t>(length & 0xFF)};
}

// A byte string, in two chunks where lengths are to be indefinite.
Bytes Value(const Bytes& bytes, const SimulatedNitroForm& form) {
  if (!form.indefinite_lengths) return Cbor(bytes).Encode();
  const ByteSpan all(bytes);
  const std::size_t half = bytes.size() / 2;
  return Concat({Bytes{0x5F}, Cbor(all.first(half)).Encode(), Cbor(all.subspan(half)).Encode(), Bytes{0xFF}});
}

template <std::size_t N>
Bytes Value(const std::optional<BoundedBytes<N>>& bytes, const SimulatedNitroForm& form) {
  return bytes ? Value(ToBytes(*bytes), form) : Cbor().Encode();
}

// The members in the NSM's own order, which is not the deterministic one.
Bytes Payload(const NitroDocument& document, const SimulatedNitroForm& form) {
  Cbor::Map pcrs;
  for (const auto& [index, value] : document.pcrs) pcrs.emplace_back(index, value);
  Bytes bundle = Head(4, document.cabundle.size());
  for (const Bytes& each : document.cabundle) bundle = Concat({bundle, Value(each, form)});
  const std::pair<const char*, Bytes> members[] = {
      {"module_id", Cbor(document.ModuleId()).Encode()},
      {"digest", Cbor("SHA384").Encode()},
      {"timestamp", Cbor(document.timestamp_ms).Encode()},
      {"pcrs", Cbor(pcrs).Encode()},
      {"certificate", Value(document.certificate, form)},
      {"cabundle", std::move(bundle)},
      {"public_key", Value(document.public_key, form)},
      {"user_data", Value(document.user_data, form)},
      {"nonce", Value(document.nonce, form)},
  };
  Bytes out = form.indefinite_lengths ? Bytes{0xBF} : Head(5, std::size(members) + form.more.size());
  const Cbor replace = form.replace;
  for (const auto& [name, value] : members) {
    const Cbor* other = replace.Find(name);
    out = Concat({out, Cbor(name).Encode(), other != nullptr ? other->Encode() : value});
  }
  for (const auto& [name, value] : form.more) out = Concat({out, name.Encode(), value.Encode()});
  if (form.indefinite_lengths) out.push_back(0xFF);
  return Concat({out, form.after_payload});
}

}  // namespace

Result<SimulatedNitro> SimulatedNitro::Make(const SimulatedNitroOptions& options) {
  const bool p256 = options.fault == SimulatedNitroFault::kLeafOnP256;
  const auto generate = [] { return SigningKey::Generate(SignatureAlgorithm::kEs384); };
  SigningKey root_key = generate(), region_key = generate(), zone_key = generate(), instance_key = generate();
  SigningKey leaf_key = p256 ? SigningKey::Generate(SignatureAlgorithm::kEs256) : generate();

  auto root = TRY(Named(root_key, "aws.nitro-enclaves", options.not_before, options.not_after)
                      .CertificateAuthority(std::nullopt)
                      .SelfSign(root_key));
  const unsigned path_length = options.fault == SimulatedNitroFault::kPathTooLong ? 0 : 2;
  auto region = TRY(Authority(region_key, "region.aws.nitro-enclaves", options, path_length)
                        .Extension("2.5.29.31", DistributionPoint("http://crl.SIMULATED.example/root.crl"))
                        .Sign(root, root_key));
  auto zone = TRY(Authority(zone_key, "zone.region.aws.nitro-enclaves", options, 1)
                      .Extension("2.5.29.31", DistributionPoint("http://crl.SIMULATED.example/region.crl"))
                      .Sign(region, region_key));
  CertificateBuilder issuer = options.fault == SimulatedNitroFault::kIssuerIsNoCa
                                  ? Named(instance_key, "i-0123456789abcdef0", options.not_before, options.not_after)
                                  : Authority(instance_key, "i-0123456789abcdef0", options, 0);
  auto instance = TRY(issuer.Sign(zone, zone_key));
  auto leaf = TRY(MakeLeaf(options, leaf_key, instance, instance_key));
  return SimulatedNitro{std::move(root),         std::move(region),   std::move(zone),       std::move(instance),
                        std::move(leaf),         std::move(root_key), std::move(region_key), std::move(zone_key),
                        std::move(instance_key), std::move(leaf_key)};
}

NitroDocument SimulatedNitro::Document(Time timestamp, std::optional<Bytes> nonce) const {
  NitroDocument document;
  document.module_id = AsBytes("i-0123456789abcdef0-enc0123456789abcdef");
  document.timestamp_ms = static_cast<std::uint64_t>(ToUnixSeconds(timestamp)) * 1000;
  for (unsigned i = 0; i < kPlatformPcrs; ++i) document.pcrs[i] = {};
  for (const unsigned used : {0u, 1u, 2u, 4u, 8u}) {
    document.pcrs[used] = crypto::Sha384(ToBytes("SIMULATED PCR" + std::to_string(used)));
  }
  document.certificate = leaf.Der();
  document.cabundle = {root.Der(), region.Der(), zone.Der(), instance.Der()};
  document.nonce = std::move(nonce);
  return document;
}

NitroDocument SimulatedNitro::DebugDocument(Time timestamp, std::optional<Bytes> nonce) const {
  NitroDocument document = Document(timestamp, std::move(nonce));
  for (const unsigned measured : {0u, 1u, 2u}) document.pcrs[measured] = {};
  return document;
}

Bytes SimulatedNitro::Sign(const NitroDocument& document, const SimulatedNitroForm& form) const {
  const std::int64_t algorithm = form.algorithm != 0 ? form.algorithm : token::CoseAlgorithm(leaf_key.algorithm());
  const Bytes header = Cbor(Cbor::Map{{1, algorithm}}).Encode();
  const Bytes payload = Payload(document, form);
  Bytes signature = leaf_key.Sign(Cbor(Cbor::Array{"Signature1", header, Bytes(), payload}).Encode());
  if (form.der_signature) signature = *crypto::EcdsaSignatureToDer(leaf_key.algorithm(), signature);
  const Cbor message = Cbor::Array{header, form.unprotected, payload, signature};
  return form.tagged ? Cbor::Tagged(18, message).Encode() : message.Encode();
}

SimulatedAnchors SimulatedNitro::Anchors() const {
  SimulatedAnchors anchors;
  const auto added = anchors.Add(SimulatedRoot{RootUse::kAwsNitro, root});
  CHECK(added.has_value());
  return anchors;
}

Result<NitroCollateral> SimulatedNitro::Lists(Time this_update, Time next_update,
                                              std::span<const crypto::Certificate> revoked) const {
  NitroCollateral collateral;
  const auto list = [&](const crypto::Certificate& issuer, const SigningKey& key) -> Result<void> {
    crypto::CrlBuilder builder;
    builder.Updates(this_update, next_update);
    for (const crypto::Certificate& each : revoked) {
      if (each.IssuerDer() == issuer.SubjectDer()) builder.Revoke(each.Serial(), this_update);
    }
    collateral.revocation_lists.push_back(TRY(builder.Sign(issuer, key)).Der());
    return {};
  };
  TRY(list(root, root_key));
  TRY(list(region, region_key));
  TRY(list(zone, zone_key));
  return collateral;
}

}  // namespace cloister::evidence
