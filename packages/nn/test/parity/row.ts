/**
 * @file One line of docs/parity.md: a name of PyTorch, its counterpart here, and what the comparison of both rests on.
 */

/** The tests that compare with PyTorch are driven by these rows, so that the document can claim only what they check. */
export interface ParityRow {
  /** PyTorch's name: `nn.Conv2d`, `optim.SGD`, `nn.functional.mse_loss` */
  readonly pytorch: string;
  /** The name in @windfall/nn or @windfall/core. */
  readonly windfall: string;
  /** The file of fixtures/ (without .json) that holds the cases; null where no number is compared (containers, schedules of one's own). */
  readonly fixture: string | null;
  /** To which order gradcheck confirms the derivatives in float64; 0 where there are none. */
  readonly order: 0 | 1 | 2 | 3;
  /** What deliberately differs, in a sentence; absent where nothing does. */
  readonly differs?: string;
}
