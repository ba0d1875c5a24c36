#pragma once
/// Figures of matrices: what a metric does when one operation replaces another, how alike devices
/// or metrics order cells. The numbers are computed elsewhere (`analysis`) and passed in.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ecnas::report {

/// One entry of a matrix.
struct MatrixEntry {
  double value = 0;
  std::string text;    ///< drawn in it: "−17.7 %"
  std::string detail;  ///< below that, smaller: "−17.8 … −17.6"; may be empty
};

struct MatrixPanel {
  std::string title;                                ///< "Training energy, % of the cell's"
  std::vector<std::optional<MatrixEntry>> entries;  ///< (rows, columns); absent: drawn empty
};

/// Matrices that share rows and columns, side by side. Texts are drawn as they are, never
/// interpreted.
struct MatrixFigure {
  std::string title;
  std::vector<std::string> lines;  ///< below the title
  std::string row_title;           ///< "Replaced"
  std::string column_title;        ///< "By"
  std::vector<std::string> rows;   ///< labels, distinct, from the top
  std::vector<std::string> columns;
  std::vector<MatrixPanel> panels;  ///< at least one; two stand side by side
};

/// The figure as a Vega-Lite 6 specification (docs/formats/figure.md). Each panel has its own
/// colours: blue below 0, orange above, the paler the nearer 0; white at 0. The same figure gives
/// the same bytes.
///
/// Layers, by name, N the panel from 0: `panelN_entries`, `panelN_texts`, `panelN_details`.
///
/// @throws Error{invalid_argument} if there is no panel, row or column, a label occurs twice, a
///         panel has another number of entries, or a value is not finite
[[nodiscard]] std::string matrix_figure_spec(const MatrixFigure& figure);

}  // namespace ecnas::report
