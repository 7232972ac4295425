export * from './calibration.ts';
export * from './calibration-onnx.ts';
export * from './isotonic.ts';
export * from './platt.ts';
