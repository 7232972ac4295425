/**
 * The colours of a poster. Each palette is chosen by hand and works with every motif: `sky` lies behind,
 * `ground` in front and under the lettering, `far` and `near` between them; `accent` is the one loud colour.
 */

export interface Palette {
  readonly sky: string;
  readonly far: string;
  readonly near: string;
  readonly ground: string;
  readonly accent: string;
  /** Lettering; readable on `ground`. */
  readonly ink: string;
}

export const MOODS = [
  'warm',
  'cold',
  'night',
  'bright',
  'soft',
  'desert',
  'blood',
  'noir',
  'neon',
  'forest',
] as const;
export type Mood = (typeof MOODS)[number];

const palette = (
  sky: string,
  far: string,
  near: string,
  ground: string,
  accent: string,
  ink: string,
): Palette => ({ sky, far, near, ground, accent, ink });

export const PALETTES: Readonly<Record<Mood, readonly Palette[]>> = {
  warm: [
    palette('#f4a259', '#e76f51', '#b23a48', '#3d1f2e', '#fff1c9', '#ffe8c2'),
    palette('#f6bd60', '#ee8434', '#ae4a2f', '#2e1b1a', '#fbf3d9', '#fbe3b5'),
    palette('#e9c46a', '#dd7f4f', '#8f3f4c', '#26233f', '#f9efd2', '#f6e3b4'),
    palette('#ffb997', '#f67e7d', '#843b62', '#1f1440', '#fff0dc', '#ffdcc7'),
  ],
  cold: [
    palette('#a8dadc', '#5fa3b8', '#2f6690', '#12263f', '#f4f7ee', '#dcecf0'),
    palette('#cfe3e2', '#7fa9b5', '#3f6b82', '#16303f', '#f2a65a', '#e4f0ee'),
    palette('#b8c9d9', '#7d94b5', '#44557f', '#1a2140', '#ffd9a0', '#e3e9f3'),
    palette('#dfe7e3', '#93b5b3', '#4a7c7e', '#17343a', '#e4572e', '#e9f0ec'),
  ],
  night: [
    palette('#1d2d50', '#27406f', '#1a2a4a', '#0b132b', '#f6e7b4', '#e6ecf7'),
    palette('#2b2d5b', '#3f3d7d', '#23214f', '#0f0e2a', '#f7c59f', '#e9e4f5'),
    palette('#173b45', '#1f5461', '#12313a', '#081a20', '#f2d492', '#dff0ef'),
    palette('#3a2449', '#54316a', '#2b1939', '#130a1e', '#ffb5a7', '#f3e3f2'),
  ],
  bright: [
    palette('#ffd166', '#ef476f', '#118ab2', '#073b4c', '#fff6dd', '#fff3cf'),
    palette('#fef3d8', '#f25f5c', '#247ba0', '#1e2f45', '#ffe066', '#fdf3dc'),
    palette('#8fd3c8', '#ff8552', '#297373', '#132f36', '#ffe9a8', '#f4f6e8'),
    palette('#ffcad4', '#f4845f', '#5c4d9c', '#231c4b', '#fff0b8', '#ffe6ea'),
  ],
  soft: [
    palette('#f6d6c9', '#e5989b', '#b5657d', '#4a2545', '#fff4e6', '#fde7e0'),
    palette('#f2e2d2', '#d9a5a0', '#9c6b82', '#3b2a4a', '#ffffff', '#f6eae4'),
    palette('#e8d7f1', '#b8a1cf', '#7d6aa3', '#2d2450', '#ffd6ba', '#efe6f7'),
    palette('#fbe3c0', '#f1a28c', '#c0596b', '#471c38', '#fff7e8', '#ffe9d6'),
  ],
  desert: [
    palette('#f2cc8f', '#e07a5f', '#9c4a3c', '#331c1f', '#fdf4dd', '#f7dcae'),
    palette('#f7d08a', '#d98e4a', '#8a4f32', '#2c1f1b', '#c8412b', '#f5e0b7'),
    palette('#b9d6cf', '#e0a060', '#a65a38', '#33221d', '#fdf0d0', '#f3e2c0'),
  ],
  blood: [
    palette('#8d1c22', '#66131b', '#3c0c13', '#12060a', '#f1e3cf', '#f3dcd2'),
    palette('#c0392b', '#7f1d1d', '#431015', '#150709', '#f6e2c4', '#f6ded0'),
    palette('#26303b', '#1a222b', '#11171e', '#07090d', '#c9252d', '#e5e3df'),
    palette('#3f4a3c', '#2a3329', '#1b211b', '#0b0e0b', '#d8d3a4', '#e3e4d3'),
  ],
  noir: [
    palette('#d8d3c4', '#8f8b80', '#4b4a47', '#141414', '#c8102e', '#eeeae0'),
    palette('#e8b23a', '#a87c24', '#4d3b18', '#15120b', '#f8eccb', '#f3e3b5'),
    palette('#9fb0b7', '#5c6f78', '#2f3d45', '#0e1417', '#f0c74b', '#dfe7ea'),
    palette('#c7472f', '#8a2e22', '#471a16', '#130a09', '#f3e2c3', '#f4dfcb'),
  ],
  neon: [
    palette('#2a1a5e', '#f45d9c', '#5b2a86', '#0d0628', '#3ee0e6', '#f4e6ff'),
    palette('#0f2440', '#2ec4b6', '#194a66', '#050d1c', '#ff9f1c', '#dff6f4'),
    palette('#341b4f', '#ff6f59', '#6c2b6d', '#120821', '#ffd166', '#fde8ff'),
    palette('#0b3040', '#3d9db5', '#135066', '#03141c', '#ff5e5b', '#dbf3f7'),
  ],
  forest: [
    palette('#dbe6c4', '#93b07a', '#4d7356', '#15302a', '#f2b84b', '#e9f0da'),
    palette('#f1dca7', '#a5a557', '#4f6d4a', '#1a2c27', '#e76f51', '#f2ead0'),
    palette('#b7d3c6', '#6a9c89', '#386a5f', '#10292b', '#ffd9a0', '#e2efe8'),
  ],
};
