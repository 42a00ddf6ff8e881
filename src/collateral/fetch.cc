#include "collateral/fetch.h"

#include <array>

#include "formats/json.h"
#include "formats/pem.h"

namespace cloister::collateral {
namespace {

std::vector<std::string> Parts(std::string_view key) {
  std::vector<std::string> parts;
  for (std::size_t slash; (slash = key.find('/')) != std::string_view::npos; key.remove_prefix(slash + 1)) {
    parts.emplace_back(key.substr(0, slash));
  }
  parts.emplace_back(key);
  return parts;
}

// The KDS names the parts of a TCB one by one (AMD 57230 §4.1).
Result<std::string> TcbQuery(const std::string& product, std::string_view hex) {
  const auto line = TRY(evidence::SnpProductFromName(product));
  const auto bytes = TRY(ToArray<8>(TRY(FromHex(hex))));
  const evidence::SnpTcb tcb = TRY(evidence::DecodeSnpTcb(bytes, line));
  std::string query = line == evidence::SnpProduct::kTurin ? "fmcSPL=" + std::to_string(tcb.fmc) + "&" : "";
  query += "blSPL=" + std::to_string(tcb.bootloader) + "&teeSPL=" + std::to_string(tcb.tee) + "&snpSPL=" + std::to_string(tcb.snp) +
           "&ucodeSPL=" + std::to_string(tcb.microcode);
  return query;
}

// Services give lists as DER, some PCCS as hex, and mirrors as PEM. We keep DER.
Result<Bytes> CrlDer(ByteSpan body) {
  if (!body.empty() && body[0] == 0x30 && crypto::Crl::ParseDer(body)) return ToBytes(body);
  const std::string_view text = AsText(body);
  if (text.starts_with("-----BEGIN")) return TRY(crypto::Crl::ParsePem(text)).Der();
  return TRY_WITH("revocation list", FromHex(text.substr(0, text.find_last_not_of("\r\n") + 1)));
}

Result<Bytes> IssuersFromHeader(const HttpAnswer& answer, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto value = answer.Find(name);
    if (!value) continue;
    const std::string pem = TRY_WITH(name, PercentDecode(*value));
    if (pem.size() > kMaxIssuerBytes) return Error(ErrorCode::kLimit, std::string(name) + ": over 64 KiB");
    return ToBytes(pem);
  }
  return Error(ErrorCode::kMalformed, "expected the chain of its issuers in a header, got none");
}

// Intel's root, as an item in the store brings it along.
Result<Bytes> IntelRootPem(const Store& store) {
  for (const Kind kind : {Kind::kIntelQeIdentity, Kind::kIntelTcbInfo, Kind::kIntelPckCrl, Kind::kIntelRootCrl}) {
    for (const Entry& entry : store.index().entries.all()) {
      if (entry.kind != kind) continue;
      const auto item = store.Read(entry, entry.issued);
      if (!item) continue;
      const auto chain = TRY(crypto::Certificate::ParsePemChain(AsText(item->item().issuers)));
      return ToBytes(chain.back().Pem());
    }
  }
  return Error(ErrorCode::kNotFound, "expected another of Intel's items in the store, which brings its root along");
}

}  // namespace

Services ServicesWithPccs(std::string_view url) {
  if (url.ends_with('/')) url.remove_suffix(1);
  Services services;
  services.intel_pcs = url;
  services.intel_root_crl = std::string(url) + "/sgx/certification/v4/rootcacrl";
  return services;
}

Result<HttpAnswer> Fetcher::Get(const std::string& url, Kind kind) {
  // Hex doubles a list's size.
  HttpAnswer answer = TRY(http_.Send({.url = url, .max_bytes = 2 * MaximumSize(kind)}));
  if (answer.status == 200) return answer;
  const std::string message = TRY(OriginOf(url)) + " answered " + std::to_string(answer.status);
  return Error(answer.status == 404 ? ErrorCode::kNotFound : ErrorCode::kUnavailable, message);
}

Result<Item> Fetcher::FetchAmd(Kind kind, std::string_view key, const Store& store) {
  const auto parts = Parts(key);
  const bool vcek = kind == Kind::kAmdVcek;
  const std::string product = vcek ? parts[0] : parts[1];
  const std::string chain = (vcek ? "vcek" : parts[0]) + "/" + product;
  std::string url = services_.amd_kds + "/" + (vcek ? "vcek" : parts[0]) + "/v1/" + product;
  if (kind == Kind::kAmdChain) url += "/cert_chain";
  if (kind == Kind::kAmdCrl) url += "/crl";
  if (vcek) url += "/" + parts[1] + "?" + TRY(TcbQuery(product, parts[2]));
  Item item{.kind = kind, .key = std::string(key), .body = {}, .issuers = {}, .source = url};
  if (kind != Kind::kAmdChain) {
    const Entry* entry = store.index().entries.Find(Kind::kAmdChain, chain);
    if (entry == nullptr) return Error(ErrorCode::kNotFound, "expected " + NameOf(Kind::kAmdChain, chain) + " in the store, which signs it");
    item.issuers = TRY(store.Read(*entry, entry->issued)).item().body;
  }
  item.body = TRY(Get(url, kind)).body;
  if (kind == Kind::kAmdCrl) item.body = TRY(CrlDer(item.body));
  return item;
}

Result<Item> Fetcher::FetchIntel(Kind kind, std::string_view key, const Store& store) {
  const auto parts = Parts(key);
  std::string url = services_.intel_pcs + "/" + (kind == Kind::kIntelPckCrl ? "sgx" : parts[0]) + "/certification/v4/";
  if (kind == Kind::kIntelTcbInfo) url += "tcb?fmspc=" + parts[1];
  if (kind == Kind::kIntelQeIdentity) url += "qe/identity";
  if (kind == Kind::kIntelPckCrl) url += "pckcrl?ca=" + std::string(key) + "&encoding=der";
  if (kind == Kind::kIntelRootCrl) url = services_.intel_root_crl;
  Item item{.kind = kind, .key = std::string(key), .body = {}, .issuers = {}, .source = url};
  if (kind == Kind::kIntelRootCrl) item.issuers = TRY(IntelRootPem(store));
  HttpAnswer answer = TRY(Get(url, kind));
  if (kind == Kind::kIntelTcbInfo) item.issuers = TRY(IssuersFromHeader(answer, {"TCB-Info-Issuer-Chain", "SGX-TCB-Info-Issuer-Chain"}));
  if (kind == Kind::kIntelQeIdentity) item.issuers = TRY(IssuersFromHeader(answer, {"SGX-Enclave-Identity-Issuer-Chain"}));
  if (kind == Kind::kIntelPckCrl) item.issuers = TRY(IssuersFromHeader(answer, {"SGX-PCK-CRL-Issuer-Chain"}));
  const bool list = kind == Kind::kIntelPckCrl || kind == Kind::kIntelRootCrl;
  item.body = list ? TRY(CrlDer(answer.body)) : std::move(answer.body);
  return item;
}

// The service wraps the manifest: {"id", "rim": base64, …}.
Result<Item> Fetcher::FetchRim(std::string_view id) {
  const std::string url = services_.nvidia_rim + "/" + std::string(id);
  const HttpAnswer answer = TRY(Get(url, Kind::kNvidiaRim));
  const auto json = TRY_WITH("RIM service", formats::Json::Parse(AsText(answer.body), {.max_bytes = 2 * MaximumSize(Kind::kNvidiaRim)}));
  if (TRY_WITH("RIM service", json.GetString("id")) != id) return Error(ErrorCode::kMismatch, "RIM service: it gave another manifest");
  Bytes rim = TRY_WITH("RIM service", FromBase64(TRY_WITH("RIM service", json.GetString("rim"))));
  return Item{.kind = Kind::kNvidiaRim, .key = std::string(id), .body = std::move(rim), .issuers = {}, .source = url};
}

Result<Item> Fetcher::Fetch(Kind kind, std::string_view key, const Store& store) {
  TRY(CheckKey(kind, key));
  switch (kind) {
    case Kind::kAmdChain:
    case Kind::kAmdCrl:
    case Kind::kAmdVcek: return FetchAmd(kind, key, store);
    case Kind::kIntelTcbInfo:
    case Kind::kIntelQeIdentity:
    case Kind::kIntelPckCrl:
    case Kind::kIntelRootCrl: return FetchIntel(kind, key, store);
    case Kind::kNvidiaRim: return FetchRim(key);
    case Kind::kNvidiaOcsp:
    case Kind::kAzureCa:
    case Kind::kGoogleCa: break;
  }
  return Error(ErrorCode::kUnsupported, NameOf(kind, key) + ": no service has it under this name");
}

Result<Item> Fetcher::FetchOcsp(const crypto::Certificate& certificate, const crypto::Certificate& issuer,
                                std::span<const crypto::Certificate> above, ByteSpan nonce) {
  Item item{.kind = Kind::kNvidiaOcsp, .key = ToHex(issuer.Fingerprint()) + "/" + ToHex(certificate.Serial()), .body = {},
            .issuers = ToBytes(certificate.Pem() + issuer.Pem()), .source = services_.nvidia_ocsp};
  for (const auto& one : above) item.issuers = Concat({item.issuers, AsBytes(one.Pem())});
  HttpRequest request{.url = services_.nvidia_ocsp, .content_type = "application/ocsp-request", .max_bytes = MaximumSize(item.kind)};
  request.body = TRY(MakeOcspRequest(certificate, issuer, nonce));
  HttpAnswer answer = TRY(http_.Send(request));
  if (answer.status != 200) return Error(ErrorCode::kUnavailable, services_.nvidia_ocsp + " answered " + std::to_string(answer.status));
  item.body = std::move(answer.body);
  return item;
}

Result<Bytes> MakeOcspRequest(const crypto::Certificate& certificate, const crypto::Certificate& issuer, ByteSpan nonce) {
  using namespace formats;
  if (nonce.size() > 128) return Error(ErrorCode::kUsage, "OCSP: expected a nonce of at most 128 bytes");
  const Bytes issuer_key = issuer.SpkiDer();
  DerReader spki(issuer_key);
  DerReader inside = TRY(spki.Enter());
  TRY(inside.Next());
  const ByteSpan key = TRY(inside.BitString());
  const Bytes sha384 = TRY(DerOid("2.16.840.1.101.3.4.2.2"));
  // The serial as a positive INTEGER, whatever its first bit.
  Bytes serial = certificate.Serial();
  if (serial.empty() || serial[0] >= 0x80) serial.insert(serial.begin(), 0);
  const Bytes id = DerSequence({DerSequence({sha384, DerEncode(DerTag::kNull, {})}),
                                DerOctetString(crypto::Sha384(issuer.SubjectDer())), DerOctetString(crypto::Sha384(key)),
                                DerEncode(DerTag::kInteger, serial)});
  Bytes fields = DerSequence({DerSequence({id})});  // requestList of one
  if (!nonce.empty()) {
    const Bytes oid = TRY(DerOid("1.3.6.1.5.5.7.48.1.2"));
    const Bytes extension = DerSequence({oid, DerOctetString(DerOctetString(nonce))});
    fields = Concat({fields, DerConstructed(DerContext(2), {DerSequence({extension})})});
  }
  return DerSequence({DerEncode(DerTag::kSequence, fields)});
}

}  // namespace cloister::collateral
