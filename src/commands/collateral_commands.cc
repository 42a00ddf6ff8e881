#include "commands/collateral_commands.h"

#include "base/file.h"
#include "collateral/bundle.h"
#include "collateral/status.h"
#include "commands/collateral_store.h"
#include "commands/documents.h"

namespace cloister::commands {
namespace {

using collateral::ItemState;
using collateral::Store;

void PrintItem(const collateral::ItemStatus& item, std::ostream& out) {
  std::string state(ItemStateName(item.state));
  state.resize(8, ' ');
  out << state << " " << ToRfc3339(item.entry.window.not_after) << "  "
      << item.entry.Name();
  if (item.entry.simulated) out << "  SIMULATED";
  if (!item.problem.empty()) out << "  " << item.problem;
  out << "\n";
}

void PrintNames(std::string_view what, const std::vector<std::string>& names, std::ostream& out) {
  for (const std::string& name : names) out << what << " " << name << "\n";
}

}  // namespace

Result<Answer> CollateralStatus(const CollateralStatusOptions& options, Streams streams) {
  const Store store = TRY(OpenCollateral(options.at));
  const Time now = Now();
  const auto status = collateral::StatusOf(store, now, std::chrono::hours(24 * options.soon_days));
  const Answer answer = status.Good() ? Answer::kYes : Answer::kNo;
  if (options.json) {
    streams.out << status.ToJson(now).Pretty();
    return answer;
  }
  for (const auto& item : status.items) PrintItem(item, streams.out);
  streams.out << status.items.size() << " items: " << status.Count(ItemState::kFresh) << " fresh, "
              << status.Count(ItemState::kSoon) << " end within " << options.soon_days << " days, "
              << status.Count(ItemState::kExpired) << " expired, " << status.Count(ItemState::kCorrupt) << " corrupt\n";
  return answer;
}

Result<Answer> CollateralAdd(const CollateralAddOptions& options, Streams streams) {
  collateral::Item item{.kind = TRY(collateral::KindFromName(options.kind)), .key = options.key, .body = {}, .issuers = {}, .source = {}};
  item.body = TRY(ReadFile(options.file, collateral::MaximumSize(item.kind)));
  if (!options.issuers.empty()) item.issuers = TRY(ReadFile(options.issuers, collateral::kMaxIssuerBytes));
  item.source = options.source.empty() ? std::filesystem::path(options.file).filename().string() : options.source;
  Store store = TRY(OpenOrMakeCollateral(options.at));
  const Time now = Now();
  const auto checked = TRY(collateral::CheckItem(std::move(item), store.anchors(), now));
  TRY(store.Put({&checked, 1}, now, options.older ? collateral::Older::kAllow : collateral::Older::kRefuse));
  streams.out << "added " << collateral::NameOf(checked.item().kind, checked.item().key) << ", which holds until "
              << ToRfc3339(checked.window().not_after) << "\n";
  return Answer::kYes;
}

Result<Answer> CollateralExport(const CollateralExportOptions& options, Streams streams) {
  TRY(CheckWritable(options.output));
  const Store store = TRY(OpenCollateral(options.at));
  const Signer signer = TRY(LoadSigner(options.party, options.passphrase_file));
  const auto exported = TRY(collateral::ExportBundle(store, signer.key, Now()));
  TRY(WriteFile(options.output, exported.file, FileMode::kPublic));
  PrintNames("left out, expired:", exported.left_out, streams.out);
  streams.out << exported.items << " items, " << exported.file.size() << " bytes, signed by " << signer.card.did << "\n";
  return Answer::kYes;
}

Result<Answer> CollateralImport(const CollateralImportOptions& options, Streams streams) {
  const PartyCard card = TRY(ReadPartyCard(options.signer));
  const Bytes file = TRY(ReadFile(options.file, collateral::kMaxBundleBytes));
  Store store = TRY(OpenOrMakeCollateral(options.at));
  Error last(ErrorCode::kUntrusted, options.signer + ": expected a party with an identity key");
  for (const auto& named : card.keys) {
    const auto bundle = collateral::ReadBundle(file, named.key);
    if (!bundle) {
      last = bundle.error().With(options.file);
      continue;
    }
    const auto rollback = options.allow_rollback ? collateral::Rollback::kAllow : collateral::Rollback::kRefuse;
    const auto imported = TRY_WITH(options.file, collateral::ImportBundle(store, *bundle, Now(), rollback));
    PrintNames("taken", imported.taken, streams.out);
    PrintNames("kept what was there:", imported.kept, streams.out);
    PrintNames("left out, expired:", imported.expired, streams.out);
    streams.out << imported.taken.size() << " items of " << ToRfc3339(bundle->issued()) << ", signed by " << card.did << "\n";
    return Answer::kYes;
  }
  return last;
}

}  // namespace cloister::commands
