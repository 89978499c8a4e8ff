"""Writes torch.json: a few steps of torch.optim.SGD, the rates of PyTorch's schedulers, and averages of weights.

Run once with PyTorch 2.13 (CPU) installed: python make_fixtures.py > torch.json
Two groups as in training: the first decays, the second does not. Rates change at every step. Gradients are handed over
as sums over 8 samples, so that the test also checks the scale.
"""
import json
import torch

SAMPLES = 8
torch.manual_seed(1)


def steps(momentum, nesterov, decay):
    weight, bias = torch.randn(7), torch.randn(3)
    start = torch.cat([weight, bias]).tolist()
    weight.requires_grad_(), bias.requires_grad_()
    optimizer = torch.optim.SGD(
        [{"params": [weight], "weight_decay": decay}, {"params": [bias], "weight_decay": 0}],
        lr=0.1, momentum=momentum, nesterov=nesterov)
    rates, gradients, results = [], [], []
    for step in range(5):
        rate = 0.1 + 0.05 * step
        sums = torch.randn(10) * SAMPLES
        for group in optimizer.param_groups:
            group["lr"] = rate
        weight.grad, bias.grad = sums[:7] / SAMPLES, sums[7:] / SAMPLES
        optimizer.step()
        rates.append(rate)
        gradients.append(sums.tolist())
        results.append(torch.cat([weight, bias]).tolist())
    return dict(momentum=momentum, nesterov=nesterov, weightDecay=decay, start=start, rates=rates,
                gradients=gradients, results=results)


def rates(make, steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    scheduler = make(optimizer)
    values = []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


def average(decay):
    """Of a parameter and a buffer, which take new values at every step."""
    module = torch.nn.Module()
    module.weight = torch.nn.Parameter(torch.zeros(7))
    module.register_buffer("mean", torch.zeros(3))
    averaged = torch.optim.swa_utils.AveragedModel(
        module, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay), use_buffers=True)
    values, results = [], []
    for _ in range(6):
        module.weight.data.normal_(), module.mean.normal_()
        averaged.update_parameters(module)
        values.append(torch.cat([module.weight.data, module.mean]).tolist())
        results.append(torch.cat([averaged.module.weight.data, averaged.module.mean]).tolist())
    return dict(decay=decay, values=values, results=results)


schedulers = torch.optim.lr_scheduler
print(json.dumps(dict(
    samples=SAMPLES,
    sgd=[steps(*case) for case in [(0.0, False, 0.0), (0.9, False, 0.0), (0.9, False, 0.05), (0.8, True, 0.05)]],
    cosine=rates(lambda o: schedulers.CosineAnnealingLR(o, T_max=20, eta_min=0.04), 20),
    polynomial=rates(lambda o: schedulers.PolynomialLR(o, total_iters=20, power=2.0), 20),
    step=rates(lambda o: schedulers.MultiStepLR(o, milestones=[6, 12], gamma=0.1), 20),
    averages=[average(decay) for decay in (0.25, 0.9, 0.999)],
), separators=(",", ":")))
