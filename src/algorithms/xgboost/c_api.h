#pragma once

#include <cstdint>

// The functions of libxgboost's C interface (3.x) that we call. The PyPI wheel has the library but no headers.
// All but the last return 0 on success; else XGBGetLastError tells why.
namespace sagebrush::algorithms::xgboost {

using DMatrixHandle = void*;
using BoosterHandle = void*;
using bst_ulong = std::uint64_t;

struct CApi {
  int (*XGBRegisterLogCallback)(void (*)(const char*));
  int (*XGBSetGlobalConfig)(const char* json);
  int (*XGDMatrixCreateFromDense)(const char* array_interface, const char* config, DMatrixHandle* out);
  int (*XGDMatrixCreateFromCSR)(const char* indptr, const char* indices, const char* values, bst_ulong columns,
                                const char* config, DMatrixHandle* out);
  int (*XGDMatrixSetInfoFromInterface)(DMatrixHandle, const char* field, const char* array_interface);
  int (*XGDMatrixSliceDMatrixEx)(DMatrixHandle, const int* rows, bst_ulong count, DMatrixHandle* out, int allow_groups);
  int (*XGDMatrixFree)(DMatrixHandle);
  int (*XGBoosterCreate)(const DMatrixHandle* cached, bst_ulong count, BoosterHandle* out);
  int (*XGBoosterFree)(BoosterHandle);
  int (*XGBoosterSetParam)(BoosterHandle, const char* name, const char* value);
  int (*XGBoosterUpdateOneIter)(BoosterHandle, int round, DMatrixHandle train);
  int (*XGBoosterEvalOneIter)(BoosterHandle, int round, DMatrixHandle* sets, const char** names, bst_ulong count,
                              const char** out);
  int (*XGBoosterBoostedRounds)(BoosterHandle, int* out);
  int (*XGBoosterGetNumFeature)(BoosterHandle, bst_ulong* out);
  int (*XGBoosterSlice)(BoosterHandle, int begin, int end, int step, BoosterHandle* out);
  int (*XGBoosterSaveModelToBuffer)(BoosterHandle, const char* config, bst_ulong* length, const char** out);
  int (*XGBoosterLoadModelFromBuffer)(BoosterHandle, const void* bytes, bst_ulong length);
  int (*XGBoosterSetAttr)(BoosterHandle, const char* name, const char* value);
  int (*XGBoosterGetAttr)(BoosterHandle, const char* name, const char** out, int* success);
  int (*XGBoosterSaveJsonConfig)(BoosterHandle, bst_ulong* length, const char** out);
  int (*XGBoosterPredictFromDMatrix)(BoosterHandle, DMatrixHandle, const char* config, const bst_ulong** shape,
                                     bst_ulong* dimensions, const float** out);
  const char* (*XGBGetLastError)();
};

}  // namespace sagebrush::algorithms::xgboost
