#include "attester/tpm.h"

#include <filesystem>

#include "attester/internal/tss2.h"
#include "base/byte_reader.h"
#include "crypto/hash.h"
#include "crypto/sign.h"

namespace cloister::attester {
namespace {

using internal::Allocated;
using internal::Good;
using internal::Tpm;
using internal::Tss2;

constexpr int kAttempts = 3;
constexpr std::uint32_t kAzureKey = 0x81000003;
constexpr std::uint32_t kAzureHclReport = 0x01400001;
constexpr std::uint32_t kAzureKeyCertificate = 0x01C101D0;
constexpr std::size_t kMaxNv = 8192;
constexpr std::string_view kDevice = "device:";

// A key on the TPM, given back when it goes.
struct Key {
  const Tpm* tpm;
  ESYS_TR handle = ESYS_TR_NONE;
  bool transient = false;
  TPMT_PUBLIC area{};

  explicit Key(const Tpm& on) : tpm(&on) {}
  Key(Key&& other) noexcept : tpm(other.tpm), handle(std::exchange(other.handle, ESYS_TR_NONE)), transient(other.transient), area(other.area) {}
  Key(const Key&) = delete;
  ~Key() {
    if (handle == ESYS_TR_NONE) return;
    if (transient) {
      (void)tpm->tss2().flush(tpm->get(), handle);
    } else {
      (void)tpm->tss2().close_handle(tpm->get(), &handle);
    }
  }
};

TPM2B_PUBLIC KeyTemplate() {
  TPM2B_PUBLIC out{};
  TPMT_PUBLIC& area = out.publicArea;
  area.type = TPM2_ALG_RSA;
  area.nameAlg = TPM2_ALG_SHA256;
  area.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN |
                          TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT;
  area.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_NULL;
  area.parameters.rsaDetail.scheme.scheme = TPM2_ALG_RSASSA;
  area.parameters.rsaDetail.scheme.details.rsassa.hashAlg = TPM2_ALG_SHA256;
  area.parameters.rsaDetail.keyBits = 2048;
  return out;
}

Result<Key> MakeKey(const Tpm& tpm) {
  Key key(tpm);
  const Tss2& tss2 = tpm.tss2();
  const TPM2B_PUBLIC area = KeyTemplate();
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION no_registers{};
  Allocated<TPM2B_PUBLIC> made(tss2);
  Allocated<TPM2B_CREATION_DATA> data(tss2);
  Allocated<TPM2B_DIGEST> digest(tss2);
  Allocated<TPMT_TK_CREATION> ticket(tss2);
  TRY(Good(tss2.create_primary(tpm.get(), ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &area,
                               &outside, &no_registers, &key.handle, made.out(), data.out(), digest.out(), ticket.out()),
           "making an attestation key"));
  key.transient = true;
  key.area = made->publicArea;
  return key;
}

Result<Key> OpenKey(const Tpm& tpm, std::uint32_t handle) {
  Key key(tpm);
  const Tss2& tss2 = tpm.tss2();
  TRY(Good(tss2.from_handle(tpm.get(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &key.handle), "opening the attestation key"));
  Allocated<TPM2B_PUBLIC> area(tss2);
  Allocated<TPM2B_NAME> name(tss2);
  Allocated<TPM2B_NAME> qualified(tss2);
  TRY(Good(tss2.read_public(tpm.get(), key.handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, area.out(), name.out(), qualified.out()),
           "reading the attestation key"));
  key.area = area->publicArea;
  return key;
}

TPML_PCR_SELECTION Select(unsigned first, unsigned count) {
  TPML_PCR_SELECTION selection{};
  selection.count = 1;
  selection.pcrSelections[0].hash = TPM2_ALG_SHA256;
  selection.pcrSelections[0].sizeofSelect = 3;
  for (unsigned i = first; i < first + count; ++i) {
    selection.pcrSelections[0].pcrSelect[i / 8] = static_cast<BYTE>(selection.pcrSelections[0].pcrSelect[i / 8] | 1u << (i % 8));
  }
  return selection;
}

Result<std::vector<Bytes>> ReadPcrs(const Tpm& tpm) {
  std::vector<Bytes> pcrs;
  while (pcrs.size() < kTpmPcrs) {
    // A TPM gives eight at a time.
    const TPML_PCR_SELECTION wanted = Select(static_cast<unsigned>(pcrs.size()), 8);
    UINT32 counter = 0;
    Allocated<TPML_PCR_SELECTION> got(tpm.tss2());
    Allocated<TPML_DIGEST> values(tpm.tss2());
    TRY(Good(tpm.tss2().pcr_read(tpm.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &wanted, &counter, got.out(), values.out()),
             "reading registers"));
    if (values->count != 8) return Error(ErrorCode::kUnsupported, "TPM: expected a SHA-256 bank of 24 registers, it has none");
    for (UINT32 i = 0; i < values->count; ++i) {
      const TPM2B_DIGEST& digest = values->digests[i];
      pcrs.emplace_back(digest.buffer, digest.buffer + std::min<std::size_t>(digest.size, sizeof digest.buffer));
    }
  }
  return pcrs;
}

// TPMS_ATTEST begins {magic, type, qualifiedSigner, extraData} and ends with the digest over the registers.
Result<void> CheckQuote(ByteSpan message, ByteSpan nonce) {
  ByteReader reader(message);
  TRY(reader.Take(6));
  TRY(reader.Take(TRY(reader.Be<std::uint16_t>())));
  const ByteSpan extra = TRY(reader.Take(TRY(reader.Be<std::uint16_t>())));
  if (Equal(extra, nonce)) return {};
  return Error(ErrorCode::kMismatch, "TPM: the quote is over another nonce than ours");
}

bool Covers(ByteSpan message, const std::vector<Bytes>& pcrs) {
  crypto::Sha256Hasher hasher;
  for (const Bytes& pcr : pcrs) hasher.Update(pcr);
  const auto digest = hasher.Finish();
  return message.size() >= digest.size() && Equal(message.last(digest.size()), digest);
}

// What `write` makes of `structure`.
template <class Structure>
Result<Bytes> Marshal(TSS2_RC (*write)(const Structure*, std::uint8_t*, std::size_t, std::size_t*), const Structure& structure) {
  Bytes out(sizeof(Structure));
  std::size_t size = 0;
  TRY(Good(write(&structure, out.data(), out.size(), &size), "writing a structure"));
  out.resize(size);
  return out;
}

Result<TpmCollection> Quote(const Tpm& tpm, const Key& key, ByteSpan nonce) {
  TPM2B_DATA data{};
  data.size = static_cast<UINT16>(nonce.size());
  std::copy(nonce.begin(), nonce.end(), data.buffer);
  TPMT_SIG_SCHEME scheme{};
  scheme.scheme = TPM2_ALG_NULL;  // the key's own
  const TPML_PCR_SELECTION all = Select(0, kTpmPcrs);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    TpmCollection out;
    out.pcrs = TRY(ReadPcrs(tpm));
    Allocated<TPM2B_ATTEST> attest(tpm.tss2());
    Allocated<TPMT_SIGNATURE> signature(tpm.tss2());
    TRY(Good(tpm.tss2().quote(tpm.get(), key.handle, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data, &scheme, &all, attest.out(),
                              signature.out()), "quoting"));
    out.message.assign(attest->attestationData, attest->attestationData + attest->size);
    TRY(CheckQuote(out.message, nonce));
    if (!Covers(out.message, out.pcrs)) continue;  // somebody extended one in between
    out.signature = TRY(Marshal(tpm.tss2().write_signature, *signature));
    out.public_area = TRY(Marshal(tpm.tss2().write_public, key.area));
    return out;
  }
  return Error(ErrorCode::kUnavailable, "TPM: its registers kept changing");
}

// The certificate at the start of an NV index, whose rest is padding.
std::optional<Bytes> TrimCertificate(const std::optional<Bytes>& area) {
  if (!area || area->size() < 4 || (*area)[0] != 0x30 || (*area)[1] != 0x82) return std::nullopt;
  const std::size_t size = 4 + (static_cast<std::size_t>((*area)[2]) << 8 | (*area)[3]);
  if (size > area->size()) return std::nullopt;
  return ToBytes(ByteSpan(*area).first(size));
}

Result<void> CheckUse(const TpmOptions& options, ByteSpan nonce) {
  if (nonce.empty() || nonce.size() > kMaxTpmNonce) return Error(ErrorCode::kUsage, "TPM: expected a nonce of 1 to 64 bytes");
  // tss2 would complain about a missing device on standard error, in words of its own.
  if (!options.tcti.starts_with(kDevice)) return {};
  const std::string device = options.tcti.substr(kDevice.size());
  if (!std::filesystem::exists(device)) return Error(ErrorCode::kNotFound, device + " is not there");
  return {};
}

// SubjectPublicKeyInfo of the RSA key in a TPMT_PUBLIC, of which tss2 wrote the last field as modulus.
Result<Bytes> SpkiOf(ByteSpan public_area) {
  ByteReader reader(public_area);
  if (TRY(reader.Be<std::uint16_t>()) != TPM2_ALG_RSA) return Error(ErrorCode::kUnsupported, "TPM: expected an RSA attestation key");
  TRY(reader.Take(6));                                      // name algorithm, attributes
  TRY(reader.Take(TRY(reader.Be<std::uint16_t>())));        // policy
  if (TRY(reader.Be<std::uint16_t>()) != TPM2_ALG_NULL) TRY(reader.Take(4));
  if (TRY(reader.Be<std::uint16_t>()) != TPM2_ALG_RSASSA) return Error(ErrorCode::kUnsupported, "TPM: expected an RSASSA key");
  TRY(reader.Take(4));                                      // hash, key size
  const auto exponent = TRY(reader.Be<std::uint32_t>());
  if (exponent != 0 && exponent != 65537) return Error(ErrorCode::kUnsupported, "TPM: expected the exponent 65537");
  const ByteSpan modulus = TRY(reader.Take(TRY(reader.Be<std::uint16_t>())));
  TRY(reader.Finish());
  return TRY(crypto::VerifyingKey::FromRsa(crypto::SignatureAlgorithm::kRs256, modulus, Bytes{1, 0, 1})).SpkiDer();
}

}  // namespace

Result<TpmCollection> CollectTpm(const TpmOptions& options, ByteSpan nonce) {
  TRY(CheckUse(options, nonce));
  const Tss2 tss2 = TRY(Tss2::Load());
  const Tpm tpm = TRY(Tpm::Open(tss2, options.tcti));
  auto hcl_report = TRY(internal::ReadNv(tpm, kAzureHclReport, kMaxNv));
  const std::optional<std::uint32_t> handle = options.key_handle || !hcl_report ? options.key_handle : std::optional(kAzureKey);
  const Key key = TRY(handle ? OpenKey(tpm, *handle) : MakeKey(tpm));
  TpmCollection out = TRY(Quote(tpm, key, nonce));
  out.hcl_report = std::move(hcl_report);
  if (handle == kAzureKey) out.ak_certificate = TrimCertificate(TRY(internal::ReadNv(tpm, kAzureKeyCertificate, kMaxNv)));
  return out;
}

Result<formats::Json> TpmCollection::ToJson() const {
  formats::Json::Array registers;
  for (const Bytes& pcr : pcrs) registers.push_back(ToHex(pcr));
  formats::Json json = formats::Json::Object{
      {"tpm_quote", formats::Json::Object{{"signature", ToBase64(signature)},
                                          {"message", ToBase64(message)},
                                          {"pcrs", std::move(registers)}}}};
  json.Set("ak_public", ToBase64(TRY(SpkiOf(public_area))));
  json.Set("ak_tpmt_public", ToBase64(public_area));
  if (hcl_report) json.Set("hcl_report", ToBase64(*hcl_report));
  if (ak_certificate) json.Set("ak_certificate", ToBase64(*ak_certificate));
  if (event_log) json.Set("event_log", ToBase64(*event_log));
  return json;
}

}  // namespace cloister::attester
