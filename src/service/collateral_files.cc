#include "service/collateral_files.h"

#include <algorithm>

#include "base/file.h"
#include "crypto/x509.h"
#include "formats/pem.h"

namespace cloister::service {
namespace {

namespace fs = std::filesystem;

using formats::Json;

constexpr std::size_t kMaxFiles = 256;
constexpr std::size_t kMaxFile = std::size_t{4} << 20;

// What is prepared once all files are there.
struct Files {
  evidence::EvidenceCollateral rest;
  evidence::IntelCollateral intel;
  evidence::NvidiaCollateral nvidia;
};

// Files that hold one thing of Intel's, by name.
std::string* IntelPlace(evidence::IntelCollateral& intel, std::string_view name) {
  if (name == "tcb_info.json") return &intel.tcb_info;
  if (name == "qe_identity.json") return &intel.qe_identity;
  if (name == "tcb_info_issuer_chain.pem") return &intel.tcb_info_issuer_chain;
  if (name == "qe_identity_issuer_chain.pem") return &intel.qe_identity_issuer_chain;
  if (name == "pck_chain.pem") return &intel.pck_chain;
  return nullptr;
}

// {"service", "issuer", "keys": […]}: whose tokens are believed.
Result<evidence::TokenIssuer> ReadIssuer(ByteSpan content) {
  const Json json = TRY(Json::Parse(AsText(content)));
  const auto service = TRY(evidence::TokenServiceFromName(TRY(json.GetString("service"))));
  Json keys = Json::Object{{"keys", *TRY(json.Get("keys"))}};
  return evidence::TokenIssuer::WithKeys(service, TRY(json.GetString("issuer")), keys);
}

// Puts one file where its name says it belongs; false where the name says nothing.
Result<bool> TakeByName(const std::string& name, Bytes& content, Files& files) {
  evidence::EvidenceCollateral& collateral = files.rest;
  if (std::string* place = IntelPlace(files.intel, name)) *place = std::string(AsText(content));
  else if (name == "root_ca_crl.der" || name == "root_ca_crl.pem") files.intel.root_crl = std::move(content);
  else if (name == "pck_crl.der" || name == "pck_crl.pem") files.intel.pck_crl = std::move(content);
  else if (name == "cca-platform-keys.json") collateral.cca_keys = TRY(evidence::CcaPlatformKeys::ParseTrusteeStore(AsText(content)));
  else if (name == "cca-reference-values.json") collateral.cca_references = TRY(evidence::CcaReferenceValues::ParseTrusteeStore(AsText(content)));
  else if (name.starts_with("token-issuer-") && name.ends_with(".json")) collateral.token_issuers.push_back(TRY(ReadIssuer(content)));
  else if (name.starts_with("nitro-") && name.ends_with(".crl")) collateral.nitro.revocation_lists.push_back(std::move(content));
  else if (name == "tpm-keys.json") collateral.tpm_keys = TRY(evidence::EnrolledTpmKeys::Parse(AsText(content)));
  else if (name.starts_with("vtpm-") && name.ends_with(".crl")) collateral.vtpm.revocation_lists.push_back(std::move(content));
  else if (name.starts_with("vtpm-") && name.ends_with(".der")) collateral.vtpm.certificates.push_back(std::move(content));
  else if (name.ends_with(".xml")) files.nvidia.rims.push_back(std::move(content));
  else if (name.ends_with(".ocsp")) files.nvidia.ocsp.push_back({std::move(content), std::nullopt});
  else return false;
  return true;
}

bool IsAmdName(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".der" || extension == ".pem" || extension == ".crt" || extension == ".cer" || extension == ".crl";
}

// A certificate or list, by what it parses as. Its role in the chain is decided by who signed it, not by its file.
Result<evidence::SnpCertificate> AmdFromDer(const Bytes& der) {
  if (crypto::Crl::ParseDer(der)) return evidence::SnpCertificate{evidence::SnpCertificateType::kCrl, der};
  const auto certificate = TRY(crypto::Certificate::ParseDer(der));
  const bool root = certificate.SubjectCommonName() == certificate.IssuerCommonName();
  return evidence::SnpCertificate{root ? evidence::SnpCertificateType::kArk : evidence::SnpCertificateType::kAsk, der};
}

// DER, or PEM with one block or several.
Result<void> TakeAmd(const Bytes& content, evidence::SnpCollateral& collateral) {
  std::vector<formats::PemBlock> blocks = {{"", content}};
  if (AsText(content).starts_with("-----BEGIN ")) blocks = TRY(formats::ParsePem(AsText(content)));
  for (const formats::PemBlock& block : blocks) collateral.certificates.push_back(TRY(AmdFromDer(block.content)));
  return {};
}

// The files of `path`, in the order of their names.
Result<std::vector<fs::path>> FilesOf(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<fs::path> files;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) files.push_back(it->path());
  if (error) return Error(ErrorCode::kNotFound, path.string() + ": expected a folder of collateral: " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<evidence::EvidenceCollateral> ReadCollateral(std::span<const fs::path> paths) {
  Files files;
  std::size_t count = 0;
  for (const fs::path& path : paths) {
    for (const fs::path& file : TRY(FilesOf(path))) {
      if (++count > kMaxFiles) return Error(ErrorCode::kLimit, path.string() + ": expected at most 256 files of collateral");
      Bytes content = TRY(ReadFile(file, kMaxFile));
      if (TRY_WITH(file.string(), TakeByName(file.filename().string(), content, files))) continue;
      if (file != path && !IsAmdName(file)) {
        return Error(ErrorCode::kUsage, file.string() + ": expected collateral named as docs/evidence.md says");
      }
      TRY_WITH(file.string(), TakeAmd(content, files.rest.snp));
    }
  }
  files.rest.intel = std::move(files.intel);
  files.rest.nvidia = std::move(files.nvidia);
  return std::move(files.rest);
}

}  // namespace cloister::service
