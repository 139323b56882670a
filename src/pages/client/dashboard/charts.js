import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip } from 'chart.js';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const charts = new Map();
const dark = matchMedia('(prefers-color-scheme: dark)');

// CSS does not apply inside a canvas, so the page's colours are read again when the colour scheme changes.
dark.addEventListener('change', () => {
  for (const chart of charts.values()) {
    chart.options = optionsOf(chart.shown);
    chart.data.datasets[0].backgroundColor = colour('--bars');
    chart.update('none');
  }
});

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * Shows horizontal or vertical bars. `describe` gives the text of a bar, `open` shows its rows, and `tick` formats a
 * number on the axis. The figures also describe the canvas to people who cannot see it.
 */
export function showBars(id, shown) {
  const canvas = document.getElementById(id);
  const { labels, values, describe } = shown;
  canvas.setAttribute('aria-label', labels.map((_, n) => describe(n)).join('; '));
  charts.get(id)?.destroy();
  const chart = new Chart(canvas, {
    type: 'bar',
    data: {
      labels,
      datasets: [
        // Null draws no bar, whereas 0 would draw one of the minimum length.
        {
          data: values.map((value) => value || null),
          backgroundColor: colour('--bars'),
          borderRadius: 4,
          maxBarThickness: 34,
          minBarLength: 3,
        },
      ],
    },
    options: optionsOf(shown),
  });
  chart.shown = shown;
  charts.set(id, chart);
}

function optionsOf({ describe, open, tick, lying = false }) {
  const text = { color: colour('--quiet'), font: { family: 'system-ui, sans-serif' } };
  const numbers = {
    beginAtZero: true,
    grid: { color: colour('--line') },
    border: { display: false },
    ticks: { ...text, maxTicksLimit: 5, callback: (value) => tick(value) },
  };
  const labels = {
    grid: { display: false },
    border: { color: colour('--line') },
    ticks: { ...text, autoSkipPadding: 8 },
  };
  return {
    indexAxis: lying ? 'y' : 'x',
    animation: false,
    maintainAspectRatio: false,
    scales: lying ? { x: numbers, y: labels } : { x: labels, y: numbers },
    // A tap next to a short bar counts as well, since a finger needs the room.
    interaction: { mode: 'index', axis: lying ? 'y' : 'x', intersect: false },
    onClick: (_event, [bar]) => bar && open(bar.index),
    onHover: ({ native }, [bar]) => {
      native.target.style.cursor = bar ? 'pointer' : '';
    },
    plugins: {
      tooltip: { displayColors: false, callbacks: { title: () => '', label: ({ dataIndex }) => describe(dataIndex) } },
    },
  };
}
