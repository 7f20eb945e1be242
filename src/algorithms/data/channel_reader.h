#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/data/parquet.h"
#include "algorithms/data/text_chunk.h"
#include "base/mapped_file.h"

namespace sagebrush::algorithms {

// The data files under `directory`, at any depth, in the order of their paths. Names that start with '.' or '_' are not
// data.
std::vector<Path> ListDataFiles(const Path& directory);

struct ReadOptions {
  bool csv_weights = false;  // The column behind the label is the row's weight.
  int threads = 1;
  std::vector<std::string> names;  // What another channel's columns are called, where the format has names.
  std::size_t batch_bytes = std::size_t{8} << 20;  // Of the files, about: what is read at a time.
};

// The rows of a channel, some at a time, so that a channel may be larger than the memory.
class ChannelReader {
 public:
  ChannelReader(const Channel& channel, ReadOptions options);
  ~ChannelReader();

  // Replaces `rows` by the next rows, in the order of the files. False: there are no more. What Dataset says of all
  // rows holds for these; sparse rows have as many columns as these need. Throws Error(kClientError) as the readers of
  // the formats do.
  bool Next(Dataset& rows);
  // Begins again with the first row; in Pipe mode with the first one of the next epoch.
  void Rewind();

 private:
  std::vector<NamedText> TakeParts();
  std::vector<NamedText> TakePartOfPipe();
  bool FillFromPipe(std::size_t bytes);
  Dataset Read(std::span<const NamedText> parts);
  Dataset ReadCsvParts(std::span<const NamedText> parts);
  void CheckColumns(const Dataset& rows);
  void ForgetFiles();

  const Channel channel_;
  const ReadOptions options_;
  std::vector<Path> files_;
  std::unique_ptr<ParquetReader> parquet_;
  std::list<MappedFile> mapped_;  // The file that is being read; while rows are read, also those behind it.
  std::size_t next_ = 0;          // Of the files, the one to map next.
  std::size_t at_ = 0;            // Where the next part of the last mapped file begins.
  FileDescriptor pipe_;           // The epoch that is being read, once something of it was asked for, ...
  std::string piped_;             // ... and of it what is not read yet, from `at_` on.
  bool pipe_is_over_ = false;
  char delimiter_ = '\0';    // Of CSV, once known, ...
  std::size_t cells_ = 0;    // ... and of a row.
  std::size_t columns_ = 0;  // Of dense rows, once known.
};

// All rows at once. None when the channel has no files.
Dataset ReadChannel(const Channel& channel, ReadOptions options = {});

}  // namespace sagebrush::algorithms
