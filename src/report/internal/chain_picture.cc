#include "report/internal/chain_picture.h"

#include <algorithm>

#include "report/internal/svg.h"
#include "report/internal/words.h"

namespace cloister::report::internal {
namespace {

constexpr std::size_t kMostRows = 8;  // of datasets and of outputs; the text beneath the picture has all

// What stands in the boxes.
struct Row {
  std::string title, line, digest;
};
struct Chain {
  std::vector<std::pair<std::string, std::string>> evidence;  // label, value
  std::vector<Row> verdicts, keys, outputs;
  std::string ledger, entries, report;
  std::string label;
  bool simulated = false;
};

std::string EntriesOf(const std::vector<Signature>& signatures) {
  if (signatures.empty()) return "";
  const auto by_index = [](const Signature& a, const Signature& b) { return a.entry.index < b.entry.index; };
  const auto [least, most] = std::ranges::minmax(signatures, by_index);
  return "entries " + Count(least.entry.index) + " to " + Count(most.entry.index) + ": the contract, signed";
}

Chain ChainOf(const RunFacts& facts) {
  Chain chain;
  chain.simulated = facts.hardware.simulated;
  chain.evidence = {{"program, as measured", Front(facts.report.measurement)},
                    {"started with exactly", Front(facts.report.host_data)},
                    {"certified by", Name(facts.certification.certifier)},
                    {"vouched for by", facts.hardware.root}};
  for (std::size_t i = 0; i < facts.charges.size(); ++i) {
    const contract::Dataset& dataset = facts.contract.datasets[i];
    const contract::Reservation& reserved = facts.charges[i].reserved;
    const bool metered = facts.contract.PrivacyOf(dataset.id) != nullptr;
    chain.verdicts.push_back({Name(dataset.provider), "yes, by its own policy",
                              metered ? "reserves " + Amount(reserved.epsilon, reserved.delta) : "nothing to reserve"});
    chain.keys.push_back({dataset.name, "key released", Front(dataset.integrity.sha256)});
  }
  for (const auto& output : facts.report.outputs) {
    chain.outputs.push_back({output.name, "for " + Name(output.to), Front(output.sha256)});
  }
  chain.ledger = "Ledger " + facts.contract.ledger.origin;
  chain.entries = EntriesOf(facts.signatures);
  chain.report = "entry " + Count(facts.entry.index) + ": this run's report";
  chain.label = std::string(facts.hardware.simulated ? "SIMULATED evidence" : "Evidence") + " of one room was accepted by " +
                Plural(facts.charges.size(), "broker's decision", "decisions of brokers") + "; each released one key; " +
                Plural(facts.report.outputs.size(), "sealed output", "sealed outputs") + " came out; the report is entry " +
                Count(facts.entry.index) + " of the ledger. The same in words stands below.";
  return chain;
}

std::size_t Rows(const std::vector<Row>& rows) { return std::min(rows.size(), kMostRows); }

// Digests in the fixed type, SIMULATED in red.
Literal StyleOf(const std::string& value, Literal otherwise) {
  if (value.find("SIMULATED") != std::string::npos) return "r";
  if (value.ends_with("…")) return "m";
  return otherwise;
}
Literal EvidenceBox(const Chain& chain) {
  if (chain.simulated) return "b red";
  return "b";
}

void DrawRow(Svg& svg, Literal css_class, const Row& row, int x, int y, int width, int height, std::size_t most) {
  svg.Box(css_class, x, y, width, height);
  svg.LineWithin("t", x + 12, y + 22, width - 16, row.title, most);
  svg.LineWithin("s", x + 12, y + 40, width - 16, row.line, most + 3);
  svg.LineWithin(StyleOf(row.digest, "s"), x + 12, y + 57, width - 16, row.digest, most + 3);
}

// y of row `i` of `count`, all together in the middle of `height`.
int RowY(int top, int height, std::size_t count, std::size_t i, int step, int box) {
  const int all = static_cast<int>(count) * step - (step - box);
  return top + (height - all) / 2 + static_cast<int>(i) * step;
}

void DrawMore(Svg& svg, const std::vector<Row>& rows, int x, int y) {
  if (rows.size() > kMostRows) svg.Line("s", x, y, "and " + Count(rows.size() - kMostRows) + " more, below", 40);
}

Html DrawWide(const Chain& chain) {
  constexpr int kBox = 216, kRow = 68, kStep = 80, kTop = 30;
  constexpr int kX[] = {0, 261, 523, 784};
  Svg svg("wide", "head-wide", 1000);
  const auto rows = std::max(Rows(chain.verdicts), Rows(chain.outputs));
  const int height = std::max(static_cast<int>(rows) * kStep - (kStep - kRow), 216);
  constexpr Literal kTitles[] = {"1  Evidence", "2  Verdict", "3  Key", "4  Output"};
  for (int i = 0; i < 4; ++i) svg.Line("c", kX[i], 16, kTitles[i].text(), 40);
  svg.Box(EvidenceBox(chain), kX[0], kTop, kBox, height);
  int y = RowY(kTop, height, chain.evidence.size(), 0, 46, 40);
  for (const auto& [label, value] : chain.evidence) {
    svg.Line("s", kX[0] + 12, y + 14, label, 28);
    svg.LineWithin(StyleOf(value, "t"), kX[0] + 12, y + 33, kBox - 16, value, 26);
    y += 46;
  }
  const int middle = kTop + height / 2;
  for (std::size_t i = 0; i < Rows(chain.verdicts); ++i) {
    const int row = RowY(kTop, height, Rows(chain.verdicts), i, kStep, kRow);
    svg.ArrowAcross(kX[0] + kBox, middle, kX[1] - 2, row + kRow / 2);
    DrawRow(svg, "b", chain.verdicts[i], kX[1], row, kBox, kRow, 26);
    svg.ArrowAcross(kX[1] + kBox, row + kRow / 2, kX[2] - 2, row + kRow / 2);
    DrawRow(svg, "b key", chain.keys[i], kX[2], row, kBox, kRow, 26);
    for (std::size_t o = 0; o < Rows(chain.outputs); ++o) {
      svg.ArrowAcross(kX[2] + kBox, row + kRow / 2, kX[3] - 2, RowY(kTop, height, Rows(chain.outputs), o, kStep, kRow) + kRow / 2);
    }
  }
  for (std::size_t o = 0; o < Rows(chain.outputs); ++o) {
    DrawRow(svg, "b out", chain.outputs[o], kX[3], RowY(kTop, height, Rows(chain.outputs), o, kStep, kRow), kBox, kRow, 26);
  }
  const int rail = kTop + height + 34;
  DrawMore(svg, chain.verdicts, kX[1], rail - 14);
  DrawMore(svg, chain.outputs, kX[3], rail - 14);
  svg.Box("b rail", 0, rail, 1000, 40);
  svg.Line("t", 14, rail + 25, chain.ledger, 46);
  svg.Line("s", 420, rail + 25, chain.entries, 44);
  svg.LineFromRight("t", 986, rail + 25, chain.report, 34);
  return svg.Finish(rail + 41, chain.label);
}

Html DrawNarrow(const Chain& chain) {
  constexpr int kWidth = 340, kHalf = 162, kKeyX = 178, kRow = 68, kStep = 78;
  Svg svg("narrow", "head-narrow", kWidth);
  int y = 16;
  svg.Line("c", 0, y, "1  Evidence", 40);
  y += 12;
  const int evidence = 24 + 26 * static_cast<int>(chain.evidence.size());
  svg.Box(EvidenceBox(chain), 0, y, kWidth, evidence);
  for (std::size_t i = 0; i < chain.evidence.size(); ++i) {
    const auto& [label, value] = chain.evidence[i];
    const int line = y + 30 + 26 * static_cast<int>(i);
    svg.Line("s", 12, line, label, 24);
    svg.LineFromRight(StyleOf(value, "t"), kWidth - 12, line, value, 22);
  }
  y += evidence;
  svg.ArrowDown(kHalf / 2, y, kHalf / 2, y + 26);
  y += 44;
  svg.Line("c", 0, y, "2  Verdict", 20);
  svg.Line("c", kKeyX, y, "3  Key", 20);
  y += 12;
  for (std::size_t i = 0; i < Rows(chain.verdicts); ++i, y += kStep) {
    DrawRow(svg, "b", chain.verdicts[i], 0, y, kHalf, kRow, 19);
    svg.ArrowAcross(kHalf, y + kRow / 2, kKeyX - 2, y + kRow / 2);
    DrawRow(svg, "b key", chain.keys[i], kKeyX, y, kHalf, kRow, 19);
  }
  DrawMore(svg, chain.verdicts, 0, y + 6);
  if (chain.verdicts.size() > kMostRows) y += 22;
  svg.ArrowDown(kKeyX + kHalf / 2, y - kStep + kRow, kKeyX + kHalf / 2, y + 18);
  y += 36;
  svg.Line("c", 0, y, "4  Output", 20);
  y += 12;
  for (std::size_t o = 0; o < Rows(chain.outputs); ++o, y += kStep) DrawRow(svg, "b out", chain.outputs[o], 0, y, kWidth, kRow, 40);
  DrawMore(svg, chain.outputs, 0, y + 6);
  if (chain.outputs.size() > kMostRows) y += 22;
  y += 6;
  svg.Box("b rail", 0, y, kWidth, 76);
  svg.Line("t", 12, y + 24, chain.ledger, 42);
  svg.Line("s", 12, y + 44, chain.entries, 44);
  svg.Line("t", 12, y + 63, chain.report, 42);
  return svg.Finish(y + 77, chain.label);
}

}  // namespace

Html ChainPicture(const RunFacts& facts) {
  const Chain chain = ChainOf(facts);
  return DrawWide(chain) + DrawNarrow(chain);
}

}  // namespace cloister::report::internal
