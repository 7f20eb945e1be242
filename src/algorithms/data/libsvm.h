#pragma once

#include <span>

#include "algorithms/data/dataset.h"
#include "algorithms/data/text_chunk.h"

namespace sagebrush::algorithms {

// Reads rows of the form `label[:weight] [qid:query] index:value ...`, indices from 0 (or 1: column 0 is then always
// missing, as with the XGBoost library's own reader) in any order. A '#' starts a comment; a blank line is no row. The
// rows are sparse; columns = highest index + 1. With `label` false a row may start with an index:value pair. Queries
// are numbered anew, in their order. Splits the work over `threads` threads. Throws Error(kClientError) that names the
// text and line: what is not of this form, an index that is there twice, a query whose rows do not stand together.
Dataset ReadLibsvm(std::span<const NamedText> texts, bool label, int threads);

}  // namespace sagebrush::algorithms
