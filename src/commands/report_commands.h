// `cloister run report` and `cloister run verify`: a run as a page, and that page checked.
#pragma once

#include <filesystem>
#include <string>

#include "commands/answer.h"
#include "report/page.h"

namespace cloister::commands {

// Where the signed records of a finished run lie.
struct RunFolders {
  std::filesystem::path data;  // what the room was given
  std::filesystem::path out;   // what it handed over
};
// Reads and verifies the records of a run. Whoever has the folders can; nothing secret is read. `simulated` are anchors
// that the caller has. kNotFound, kIo; others as report::VerifyRecords.
Result<report::VerifiedRecords> ReadRunRecords(const RunFolders& folders, const evidence::SimulatedAnchors& simulated);

// Writes the operator's page. Errors as ReadRunRecords.
Result<void> WriteRunReport(const RunFolders& folders, const evidence::SimulatedAnchors& simulated, const std::filesystem::path& file);
// Writes the consumer's copy, with the training card that `identity` opens; mode 0600. kNotFound: the run has no card.
Result<void> WriteConsumerReport(const RunFolders& folders, const evidence::SimulatedAnchors& simulated, const sealed::Identity& identity,
                                 const std::filesystem::path& file);

struct RunReportOptions {
  std::string data;
  std::string out;
  std::string simulated_anchors;  // empty: only vendors' roots
  std::string identity;           // empty: the operator's page, which has no metrics
  std::string output;
};
Result<Answer> RunReportCommand(const RunReportOptions& options, Streams streams);

struct RunVerifyOptions {
  std::string page;
  std::string contract;           // empty: the contract in the page is believed, and that is said
  std::string simulated_anchors;  // the same
  bool json = false;
};
// No: a record does not hold, or the page says something else than its records.
Result<Answer> RunVerifyCommand(const RunVerifyOptions& options, Streams streams);

}  // namespace cloister::commands
