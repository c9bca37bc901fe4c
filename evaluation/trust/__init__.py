"""Whether explanations are faithful, stable and honest, and whether probabilities can be relied on.

`registry.CHECKS` names every check: label, words for clinicians, definition, paper, what a model must be able to give,
which methods it fits, cost, metrics. The page, `python -m evaluation trust` and the documentation iterate it.

For an open case, `asking` has one function a check. Each takes the `ModelRun` of the explained model, one method's
`Explanation` and the index of a finding, and returns a frozen result whose arrays can be drawn as they are:

| function | result | what to draw |
|---|---|---|
| `evaluate_perturbation(run, explanation, finding, CurveSettings, shared)` | `Perturbation` | `.deletion` and `.insertion` (`.shares`, `.probabilities`, `.area`), `.picture(direction, step)` |
| `evaluate_attended(run, explanation, finding, AttendedSettings)` | `Attended` | `.region`, `.controls`, `.drop`, `.random_drops`, `.difference` |
| `evaluate_exactness(run, explanation, finding)` | `Exactness` | `.expected` against `.measured`, `.sum_error`, `.exact` |
| `evaluate_stability(run, explanation, finding, disturbances, seed, shared)` | `Stability` each | `.disturbance.label`, `.score`, `.image`, `.values` (the map put back), `.shown` |
| `evaluate_sanity(run, explanation, finding, cascade, shared)` | `Sanity` | `.stages`, `.maps`, `.rank`, `.ssim`, `.passed` |
| `evaluate_shortcut(run, explanation, finding, ShortcutSettings, shared)` | `Shortcut` | `.margins` (`.image`, `.change`, `.control_changes`, `.parts`, `.flagged`), `.maps` (`.share`, `.ratio`, `.values`) |
| `localizing.localize(explanation, finding name, mask)` | `Localized` | `.hit`, `.pointing`, `.iou`, `.area` |

`shared` is one dictionary kept for one image (`{}`): methods that explain the same model then do not repeat each
other's passes. `sanity.cascade(checkpoint, model, images)` makes the random networks, once for all images. Whatever is
undefined is NaN and says why in `.reason`.
"""  # noqa: E501  the table is one line a function
