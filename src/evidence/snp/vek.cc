#include "evidence/snp/vek.h"

#include "base/byte_reader.h"
#include "evidence/anchors.h"

namespace cloister::evidence {
namespace {

using crypto::Certificate;

constexpr std::uint8_t kDerInteger = 0x02;
constexpr std::uint8_t kDerOctetString = 0x04;
constexpr std::uint8_t kDerIa5String = 0x16;

std::string Oid(std::string_view suffix) { return "1.3.6.1.4.1.3704.1." + std::string(suffix); }

// The content of one DER value of type `tag` and fewer than 128 bytes that fills `der`.
Result<ByteSpan> ShortDer(ByteSpan der, std::uint8_t tag) {
  ByteReader reader(der);
  const auto head = TRY(reader.TakeArray<2>());
  if (head[0] != tag || head[1] >= 0x80) {
    return Error(ErrorCode::kMalformed, "expected a short DER value of type " + std::to_string(tag));
  }
  const ByteSpan content = TRY(reader.Take(head[1]));
  TRY(reader.Finish());
  return content;
}

Result<Bytes> Required(const Certificate& certificate, std::string_view suffix) {
  auto value = TRY(certificate.Extension(Oid(suffix)));
  if (!value) return Error(ErrorCode::kMalformed, "extension " + Oid(suffix) + " is missing");
  return *std::move(value);
}

// An INTEGER of 0 to 255.
Result<std::uint8_t> SmallInteger(ByteSpan der) {
  const ByteSpan content = TRY(ShortDer(der, kDerInteger));
  if (content.size() == 1 && content[0] < 0x80) return content[0];
  if (content.size() == 2 && content[0] == 0 && content[1] >= 0x80) return content[1];
  return Error(ErrorCode::kMalformed, "expected an INTEGER of 0 to 255");
}

Result<std::uint8_t> Spl(const Certificate& certificate, std::string_view suffix) {
  return TRY_WITH(Oid(suffix), SmallInteger(TRY(Required(certificate, suffix))));
}

Result<std::string> Ia5(ByteSpan der) {
  const ByteSpan content = TRY(ShortDer(der, kDerIa5String));
  for (const std::uint8_t byte : content) {
    if (byte < 0x20 || byte > 0x7E) return Error(ErrorCode::kMalformed, "expected printable ASCII");
  }
  return std::string(AsText(content));
}

Result<SnpTcb> ReadTcb(const Certificate& certificate, SnpProduct product) {
  SnpTcb tcb;
  tcb.bootloader = TRY(Spl(certificate, "3.1"));
  tcb.tee = TRY(Spl(certificate, "3.2"));
  tcb.snp = TRY(Spl(certificate, "3.3"));
  tcb.microcode = TRY(Spl(certificate, "3.8"));
  const auto fmc = TRY(certificate.Extension(Oid("3.9")));
  if (fmc.has_value() != (product == SnpProduct::kTurin)) {
    return Error(ErrorCode::kMalformed, "an FMC version belongs to Turin, and to Turin only");
  }
  if (fmc) tcb.fmc = TRY_WITH(Oid("3.9"), SmallInteger(*fmc));
  // Parts without a name yet have no place in a report's TCB, so nothing could compare them.
  for (const std::string_view reserved : {"3.4", "3.5", "3.6", "3.7"}) {
    const auto value = TRY(certificate.Extension(Oid(reserved)));
    if (value && TRY_WITH(Oid(reserved), SmallInteger(*value)) != 0) {
      return Error(ErrorCode::kUnsupported, "reserved version " + Oid(reserved) + " is not zero");
    }
  }
  return tcb;
}

// HWID stands raw in extnValue; some issues wrap it in an OCTET STRING.
Result<Bytes> Hwid(ByteSpan value, SnpProduct product) {
  const std::size_t size = product == SnpProduct::kTurin ? 8 : 64;
  if (value.size() == size) return ToBytes(value);
  const ByteSpan content = TRY_WITH("HWID", ShortDer(value, kDerOctetString));
  if (content.size() != size) {
    return Error(ErrorCode::kMalformed,
                 "HWID: expected " + std::to_string(size) + " bytes, got " + std::to_string(content.size()));
  }
  return ToBytes(content);
}

Result<SnpVek> Read(const Certificate& certificate) {
  const std::string name = TRY_WITH("product name", Ia5(TRY(Required(certificate, "2"))));
  const SnpProduct product = TRY(SnpProductFromName(name.substr(0, name.find('-'))));
  const auto hwid = TRY(certificate.Extension(Oid("4")));
  const auto csp_id = TRY(certificate.Extension(Oid("5")));
  if (hwid.has_value() == csp_id.has_value()) {
    return Error(ErrorCode::kMalformed, "expected a HWID (VCEK) or a CSP id (VLEK), got neither or both");
  }
  const unsigned struct_version = TRY_WITH("struct version", SmallInteger(TRY(Required(certificate, "1"))));
  const SnpTcb tcb = TRY(ReadTcb(certificate, product));
  crypto::VerifyingKey key = TRY(certificate.PublicKey(crypto::SignatureAlgorithm::kEs384));
  SnpVek vek{.type = hwid ? SnpVekType::kVcek : SnpVekType::kVlek,
             .product = product,
             .product_name = name,
             .struct_version = struct_version,
             .tcb = tcb,
             .hwid = {},
             .csp_id = {},
             .key = std::move(key)};
  if (hwid) vek.hwid = TRY(Hwid(*hwid, product));
  if (csp_id) vek.csp_id = TRY_WITH("CSP id", Ia5(*csp_id));
  return vek;
}

}  // namespace

Result<SnpVek> ReadSnpVekFromUnverified(const Certificate& certificate) { return TRY_WITH("VEK certificate", Read(certificate)); }

Result<SnpCertificate> ClassifySnpCertificate(Bytes der) {
  const auto certificate = TRY(Certificate::ParseDer(der));
  const auto vek = ReadSnpVekFromUnverified(certificate);
  SnpCertificateType type = SnpCertificateType::kAsk;
  if (vek) type = vek->type == SnpVekType::kVlek ? SnpCertificateType::kVlek : SnpCertificateType::kVcek;
  if (!vek && certificate.SubjectDer() == certificate.IssuerDer()) type = SnpCertificateType::kArk;
  return SnpCertificate{type, std::move(der)};
}

}  // namespace cloister::evidence
