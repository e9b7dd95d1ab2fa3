#include "conv/conv_windows.h"

namespace fastts {

Windows input_windows(const ConvShape& s, const float* x, int64_t channels) {
  Windows windows;
  windows.image = x;
  windows.images = s.n;
  windows.height = s.ih;
  windows.width = s.iw;
  windows.channels = channels;
  windows.pixel_step = s.ic;
  windows.taps_h = s.kh;
  windows.taps_w = s.kw;
  windows.tap_step_h = s.dh;
  windows.tap_step_w = s.dw;
  windows.step_h = s.sh;
  windows.step_w = s.sw;
  windows.top = s.pt;
  windows.left = s.pl;
  windows.out_h = s.oh;
  windows.out_w = s.ow;
  return windows;
}

Windows gradient_windows(const ConvShape& s, const float* dy, int64_t channels, const Phase& rows,
                         const Phase& columns) {
  Windows windows;
  windows.image = dy;
  windows.images = s.n;
  windows.height = s.oh;
  windows.width = s.ow;
  windows.channels = channels;
  windows.pixel_step = s.oc;
  windows.taps_h = rows.taps;
  windows.taps_w = columns.taps;
  windows.tap_step_h = rows.tap_step;
  windows.tap_step_w = columns.tap_step;
  windows.step_h = windows.step_w = 1;
  windows.top = -rows.first;
  windows.left = -columns.first;
  windows.out_h = rows.positions;
  windows.out_w = columns.positions;
  return windows;
}

}  // namespace fastts
