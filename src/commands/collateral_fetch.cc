#include "base/file.h"
#include "collateral/refresh.h"
#include "commands/collateral_commands.h"
#include "commands/collateral_store.h"
#include "commands/documents.h"
#include "service/collateral_http.h"

namespace cloister::commands {
namespace {

using collateral::FetchOutcome;
using collateral::Wanted;

constexpr std::size_t kMaxRoots = std::size_t{4} << 20;

Result<std::vector<Wanted>> WantedOf(const std::vector<std::string>& texts) {
  std::vector<Wanted> out;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return Error(ErrorCode::kUsage, "--want: expected KIND=KEY, such as amd-crl=vcek/Milan");
    Wanted one{TRY_WITH("--want", collateral::KindFromName(text.substr(0, equals))), text.substr(equals + 1)};
    TRY_WITH("--want", collateral::CheckKey(one.kind, one.key));
    out.push_back(std::move(one));
  }
  return out;
}

collateral::Services ServicesOf(const CollateralFetchOptions& options) {
  collateral::Services services = options.pccs.empty() ? collateral::Services{} : collateral::ServicesWithPccs(options.pccs);
  if (!options.kds.empty()) services.amd_kds = options.kds;
  if (!options.rim_service.empty()) services.nvidia_rim = options.rim_service;
  if (!options.ocsp_service.empty()) services.nvidia_ocsp = options.ocsp_service;
  return services;
}

bool Tell(const std::string& name, FetchOutcome outcome, const std::optional<Error>& failure, Streams streams) {
  if (outcome == FetchOutcome::kKept) streams.out << "kept    " << name << "\n";
  if (outcome == FetchOutcome::kFetched) streams.out << "fetched " << name << "\n";
  if (failure) streams.err << "failed  " << name << ": " << failure->ToText() << "\n";
  return !failure;
}

// An OCSP answer for each certificate of a chain but its root and, on devices, its leaf, which the chip itself issued.
Result<bool> FetchOcspOf(const std::string& file, collateral::Store& store, collateral::Fetcher& fetcher, Streams streams) {
  const auto chain = TRY_WITH(file, crypto::Certificate::ParsePemChain(TRY(ReadTextFile(file, collateral::kMaxIssuerBytes))));
  bool good = true;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const std::string name = "nvidia-ocsp of " + chain[i].SubjectCommonName();
    const auto done = [&]() -> Result<void> {
      auto item = TRY(fetcher.FetchOcsp(chain[i], chain[i + 1], std::span(chain).subspan(i + 2),
                                        crypto::RandomBytes(crypto::SystemRandom(), 32)));
      const auto checked = TRY(collateral::CheckItem(std::move(item), store.anchors(), Now()));
      return store.Put({&checked, 1}, Now());
    }();
    good &= Tell(name, FetchOutcome::kFetched, done ? std::nullopt : std::optional(done.error()), streams);
  }
  return good;
}

}  // namespace

Result<Answer> CollateralFetch(const CollateralFetchOptions& options, Streams streams) {
  std::vector<Wanted> wanted = TRY(WantedOf(options.wanted));
  collateral::Store store = TRY(OpenOrMakeCollateral(options.at));
  if (wanted.empty() && options.ocsp_chain.empty()) wanted = AllOf(store);
  const SystemClock clock;
  std::string roots;
  if (!options.tls_roots.empty()) roots = TRY(ReadTextFile(options.tls_roots, kMaxRoots));
  service::CollateralHttp http(std::move(roots), clock);
  service::SteadyPace pace;
  collateral::PatientHttp patient(http, pace, crypto::SystemRandom(), {});
  collateral::Fetcher fetcher(patient, ServicesOf(options));
  bool good = true;
  for (const auto& one : collateral::Refresh(store, fetcher, std::move(wanted), Now(), std::chrono::hours(24 * options.ahead_days))) {
    good &= Tell(collateral::NameOf(one.wanted.kind, one.wanted.key), one.outcome, one.failure, streams);
  }
  if (!options.ocsp_chain.empty()) good &= TRY(FetchOcspOf(options.ocsp_chain, store, fetcher, streams));
  return good ? Answer::kYes : Answer::kNo;
}

}  // namespace cloister::commands
