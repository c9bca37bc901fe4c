"""Several ways to ask which part of an image a logit comes from, each by passes of its own, and how far they agree.

The players are the cells of a grid over the image. A coalition is an image whose cells outside it are covered by a
filler that is chosen beforehand; its worth is the logit. Four ways to share the logit among the cells:

- `occlusion`: what the whole image loses without one cell;
- `shapley`: what a cell adds, averaged over the orders in which cells may be uncovered;
- `gates`: integrated gradients while all cells are faded in together;
- `surrogate`: the slopes of the straight line that fits random coalitions best.

For a model whose logit is the mean of logits z_i that depend on one cell each, the worth is additive in the cells, and
all four are (z_i − z_filler)/n: the raw map, less what the filler says, over the number of cells. That holds for this
filler and this form of the model, not for networks whose cells act together; for those the four are four different
quantities, and how far they lie apart is what `comparing` says.
"""
